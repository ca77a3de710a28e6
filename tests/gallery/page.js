"use strict";
const form = document.getElementById("filters");
const articles = [...document.querySelectorAll("article")];
const links = new Map([...document.querySelectorAll("nav a")].map((a) => [a.hash.slice(1), a]));

function fit(frame) {
  const page = frame.contentDocument;
  if (page && page.body && page.body.scrollHeight) {
    frame.style.height = `${page.documentElement.scrollHeight + 2}px`;
  }
}

function choose() {
  const chosen = new FormData(form);
  const words = chosen.get("words").trim().toLowerCase();
  const channels = chosen.getAll("channel");
  for (const article of articles) {
    const { language, variation } = article.dataset;
    const isOther = chosen.get("language") !== "all" && chosen.get("language") !== language;
    const isVaried = chosen.get("variation") === "complete" && variation !== "complete";
    const section = article.parentElement;
    const text = words && `${section.id} ${article.textContent}`.toLowerCase();
    article.hidden = isOther || isVaried || Boolean(words && !text.includes(words));
    for (const figure of article.querySelectorAll("figure")) {
      figure.hidden = !channels.includes(figure.dataset.channel);
    }
  }
  for (const section of document.querySelectorAll("section")) {
    section.hidden = !section.querySelector("article:not([hidden])");
    links.get(section.id).hidden = section.hidden;
  }
}

for (const frame of document.querySelectorAll("iframe")) {
  frame.addEventListener("load", () => fit(frame));
  new ResizeObserver(() => fit(frame)).observe(frame.parentElement);
}
form.addEventListener("input", choose);
form.addEventListener("submit", (event) => event.preventDefault());
if (matchMedia("(max-width: 760px)").matches) document.getElementById("index").open = false;
choose();
