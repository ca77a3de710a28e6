// Telegram's HTML, read by an allow-list. Whatever else stands there is shown as its text.

import { h } from "./dom.js";

const PLAIN = new Set(["b", "strong", "i", "em", "u", "ins", "s", "del", "code", "pre", "blockquote"]);

function safeLink(address) {
  try {
    const url = new URL(address);
    return ["http:", "https:", "tel:", "mailto:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** A link out of the page; plain text where the address is no ordinary one. */
export function link(address, className, ...children) {
  const href = safeLink(address);
  if (href === null) return h("span", { class: className }, ...children);
  return h("a", { class: className, href, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

const ADDRESS = /(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)])/;

/** Plain text as nodes, its addresses as links. */
export function withLinks(text) {
  return text.split(ADDRESS).map((part, n) => (n % 2 ? link(part, "", part) : part));
}

function convert(node) {
  if (node.nodeType === Node.TEXT_NODE) return [node.data];
  if (node.nodeType !== Node.ELEMENT_NODE) return [];
  const name = node.localName;
  const inside = [...node.childNodes].flatMap(convert);
  if (name === "script" || name === "style") return [node.textContent];
  if (PLAIN.has(name)) return [h(name, {}, ...inside)];
  if (name === "a") return [link(node.getAttribute("href") ?? "", "", ...inside)];
  return inside;
}

/** The message as nodes. DOMParser runs no scripts and loads nothing; only copies leave it. */
export function telegramNodes(markup) {
  const parsed = new DOMParser().parseFromString(markup, "text/html");
  return [...parsed.body.childNodes].flatMap(convert);
}
