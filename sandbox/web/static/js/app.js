// Wires the page together: what the server says goes into the state, and from there to both sides.

import { byId, h } from "./dom.js";
import { CHANNELS, LANGUAGES, duration, firstName, median, pace, shortDay, time } from "./format.js";
import { Phone } from "./phone.js";
import { State } from "./state.js";
import { Timeline } from "./timeline.js";

let group = "orders";

const state = new State();
const phone = new Phone(state, ask);
const timeline = new Timeline(state, ask, (id) => {
  show("phone");
  phone.open(id);
});

// What the server says.

const says = {
  picture(picture) {
    state.load(picture);
    drawStories();
    drawFaults(picture.faults);
    byId("speed").textContent = pace(picture.clock.speed);
    timeline.redraw();
    phone.redraw();
    drawLatency();
  },
  event(event) {
    state.addEvent(event);
    timeline.addEvent(event);
  },
  message(message) {
    const isNew = !state.messages.has(message.id);
    state.addMessage(message);
    phone.changed(message);
    timeline.addMessage(message);
    drawLatency();
    if (isNew) announce(message);
  },
  held(held) {
    state.addHeld(held);
    timeline.addHeld(held);
    phone.waiting();
  },
  written(written) {
    state.addWritten(written);
    phone.wrote(written);
  },
  unsaid(unsaid) {
    state.addUnsaid(unsaid);
    timeline.addUnsaid(unsaid);
  },
  cleared() {
    state.reset();
    timeline.redraw();
    phone.opened = null;
    phone.redraw();
    drawLatency();
  },
  faults: drawFaults,
  clock: (clock) => state.tick(clock),
};

function listen() {
  const stream = new EventSource("/api/stream");
  for (const [name, react] of Object.entries(says)) {
    stream.addEventListener(name, (change) => react(JSON.parse(change.data)));
  }
  stream.addEventListener("open", () => { byId("offline").hidden = true; });
  stream.addEventListener("error", () => {
    byId("offline").hidden = false;
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 1000);
  });
}

function announce(message) {
  const person = state.personAt(message.channel, message.to);
  const to = person ? firstName(person.name) : message.to;
  byId("announcer").textContent = `${CHANNELS[message.channel]} to ${to}: ${message.subject ?? message.text}`;
}

// What the visitor does.

async function ask(method, path, body) {
  const options = { method };
  if (body !== undefined) options.body = JSON.stringify(body);
  const answer = await fetch(path, options);
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`);
  return answer.headers.get("content-type")?.startsWith("application/json") ? answer.json() : {};
}

function tell(name) {
  const person = byId("person").value;
  return ask("POST", `/api/scenarios/${name}`, person ? { person } : {});
}

function drawStories() {
  const select = byId("person");
  const chosen = select.value;
  const channels = (person) => Object.keys(person.addresses).map((c) => CHANNELS[c]).join(" and ");
  select.replaceChildren(
    h("option", { value: "" }, "whoever the story names"),
    ...state.people.map((p) =>
      h("option", { value: p.key }, `${p.name} · ${LANGUAGES[p.language] ?? p.language} · ${channels(p)}`),
    ),
  );
  select.value = chosen;
  drawCards();
}

function drawCards() {
  [...byId("groups").children].forEach(drawGroup);
  byId("stories").dataset.group = group;
  byId("stories").replaceChildren(...state.scenarios.map(storyButton));
}

function drawGroup(button) {
  const count = state.scenarios.filter((s) => s.group === button.dataset.group).length;
  button.setAttribute("aria-pressed", String(button.dataset.group === group));
  button.querySelector(".count").textContent = String(count);
}

function storyButton(scenario) {
  const key = byId("person").value || scenario.person;
  const person = state.people.find((p) => p.key === key);
  return h(
    "li",
    { hidden: scenario.group !== group },
    h(
      "button",
      { type: "button", class: "story", title: `${scenario.title}: ${scenario.summary}`, onclick: () => tell(scenario.name) },
      h("strong", {}, scenario.title),
      h("span", { class: "summary" }, scenario.summary),
      h("span", { class: "cast" }, `${firstName(person.name)} · ${LANGUAGES[person.language]}`),
    ),
  );
}

function drawFaults(faults) {
  const broken = faults.choices.filter((choice) => choice.on);
  byId("faults").dataset.broken = String(broken.length > 0);
  byId("faults-label").textContent = broken.length ? `Broken: ${broken.length}` : "Break something";
  byId("fault-list").replaceChildren(
    ...faults.choices.map((choice) => {
      const box = h("input", {
        type: "checkbox",
        role: "switch",
        onchange: () => (box.checked ? ask("POST", "/api/faults", choice.rule) : mend(faults, choice)),
      });
      box.checked = choice.on;
      return h("label", { class: "fault" }, box, h("span", {}, choice.title));
    }),
  );
}

/** Mends one thing: everything, and then breaks the rest again. */
async function mend(faults, choice) {
  const rest = faults.rules.filter((rule) => JSON.stringify(rule) !== JSON.stringify(choice.rule));
  await ask("DELETE", "/api/faults");
  if (rest.length) await ask("POST", "/api/faults", rest);
}

function show(side) {
  byId("main").dataset.shown = side;
  byId("tab-phone").setAttribute("aria-pressed", String(side === "phone"));
  byId("tab-events").setAttribute("aria-pressed", String(side === "events"));
}

function closeMenuOutside(event) {
  const menu = byId("faults");
  const leaves = event.type === "keydown" ? event.key === "Escape" : !menu.contains(event.target);
  if (menu.open && leaves) menu.open = false;
}

byId("person").addEventListener("change", drawCards);
for (const button of byId("groups").children) {
  button.addEventListener("click", () => {
    group = button.dataset.group;
    drawCards();
  });
}
byId("all-stories").addEventListener("click", () => state.scenarios.forEach((s) => tell(s.name)));
byId("clear").addEventListener("click", () => ask("DELETE", "/api/messages"));
byId("mend").addEventListener("click", () => ask("DELETE", "/api/faults"));
byId("tab-phone").addEventListener("click", () => show("phone"));
byId("tab-events").addEventListener("click", () => show("events"));
document.addEventListener("click", closeMenuOutside);
document.addEventListener("keydown", closeMenuOutside);

// What changes by itself.

function drawLatency() {
  const all = state.latencies();
  byId("latency").textContent = all.length ? duration(all[all.length - 1]) : "–";
  byId("median").textContent = all.length > 1 ? `median ${duration(median(all))}` : "";
}

function drawClock() {
  const now = state.now();
  if (!now) return;
  byId("clock").textContent = `${shortDay(now)}, ${time(now)}`;
  phone.showTime();
  phone.dawn();
  timeline.tick();
}

const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
setInterval(drawClock, calm ? 1000 : 100);
listen();
