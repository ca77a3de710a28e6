// The left side: what the shop said, newest first, and under each event what it led to.

import { byId, h, icon } from "./dom.js";
import { CHANNELS, ZONE, cityOf, day, duration, firstName, hourIn, kindName, time } from "./format.js";
import { about } from "./state.js";

const HUMAN_WANTED = "headsup.conversation.human_requested.v1";

export class Timeline {
  constructor(state, ask, openMessage) {
    this.state = state;
    this.ask = ask;
    this.openMessage = openMessage;
    this.list = byId("timeline");
    this.rows = new Map();
  }

  redraw() {
    this.list.replaceChildren();
    this.rows.clear();
    const happened = [
      ...[...this.state.events.values()].map((event) => [event.published_at, () => this.addEvent(event)]),
      ...[...this.state.messages.values()].map((m) => [m.received_at, () => this.addMessage(m)]),
      ...[...this.state.unsaid.values()].map((u) => [u.told_at, () => this.addUnsaid(u)]),
    ];
    const waits = [...this.state.held.values()];
    happened.sort(([a], [b]) => Date.parse(a) - Date.parse(b));
    for (const [, show] of happened) show();
    waits.forEach((held) => this.addHeld(held));
    this.count();
  }

  addEvent(event) {
    const person = this.state.personOfEvent(event);
    const row = h(
      "li",
      { class: "row", dataset: { hue: this.state.hue(event), type: event.type } },
      h("time", { datetime: event.time }, time(event.time)),
      h("div", { class: "body" }, ...this.words(event, person), this.desk(event), this.json(event)),
    );
    if (this.state.isForgotten(event)) {
      row.querySelector(".effects").append(this.chip("not told: they want to be forgotten", {}));
    }
    this.insert(event.id, row, event.time);
  }

  words(event, person) {
    const whose = [about(event), person && firstName(person.name)].filter(Boolean).join(" · ");
    return [
      h(
        "p",
        { class: "title" },
        h("strong", {}, event.title),
        event.detail ? h("span", { class: "detail" }, event.detail) : null,
      ),
      h(
        "p",
        { class: "meta" },
        h("span", { class: "order" }, whose),
        h("code", {}, event.type),
      ),
      h("ul", { class: "effects" }),
    ];
  }

  /** The shop's end of a conversation that a customer asked a human into. */
  desk(event) {
    if (event.type !== HUMAN_WANTED) return null;
    const where = { customer: event.data.customer_id, shop: event.source };
    const input = h("input", { type: "text", "aria-label": "Answer as the shop", placeholder: "Answer as the shop", maxlength: "1000", autocomplete: "off" });
    const say = async (submitted) => {
      submitted.preventDefault();
      const text = input.value.trim();
      if (!text) return;
      input.value = "";
      await this.ask("POST", "/api/desk", { ...where, text });
    };
    const back = h("button", { type: "button", class: "plain", onclick: () => this.ask("POST", "/api/desk", where) }, "Hand back to the bot");
    return h("form", { class: "desk", onsubmit: say }, input, h("button", { type: "submit", class: "plain" }, "Send"), back);
  }

  json(event) {
    const { id, source, type, time: happened, data } = event;
    const whole = { specversion: "1.0", id, source, type, time: happened, data };
    const box = h("pre", { tabindex: "0" });
    const details = h(
      "details",
      {
        class: "json",
        ontoggle: () => {
          if (details.open && !box.firstChild) box.append(JSON.stringify(whole, null, 2));
        },
      },
      h("summary", {}, "JSON"),
      h("p", { class: "where" }, `${event.topic}, partition ${event.partition}, offset ${event.offset}`),
      box,
    );
    return details;
  }

  addMessage(message) {
    if (!message.kind) return;
    const row = this.rowOf(message);
    if (!row || row.querySelector(`[data-message="${CSS.escape(message.id)}"]`)) return;
    const words = [CHANNELS[message.channel], this.insteadOf(message), this.howFast(message)].filter(Boolean).join(" · ");
    const chip = h(
      "button",
      {
        type: "button",
        class: "effect",
        dataset: { channel: message.channel, message: message.id },
        title: `${kindName(message.kind)}: show it on the phone`,
        onclick: () => this.openMessage(message.id),
      },
      icon(message.channel),
      words,
    );
    row.querySelector(".effects").append(h("li", {}, chip));
  }

  insteadOf(message) {
    return message.instead_of ? `no sign that ${CHANNELS[message.instead_of]} arrived` : null;
  }

  /** How soon after its event it came; of what waits on purpose, which one it is. */
  howFast(message) {
    if (message.latency_ms !== null && message.latency_ms !== undefined) return duration(message.latency_ms);
    return message.reminder ? `reminder ${message.reminder}` : null;
  }

  /** What was not said stands where its message would stand. */
  addUnsaid(unsaid) {
    const row = this.rowOf(unsaid);
    if (!row || row.querySelector(`[data-unsaid="${CSS.escape(unsaid.id)}"]`)) return;
    const channel = unsaid.channel ? ` by ${CHANNELS[unsaid.channel]}` : "";
    const words = `not told${channel}: ${unsaid.because}`;
    row.querySelector(".effects").append(this.chip(words, { unsaid: unsaid.id }, kindName(unsaid.kind)));
    row.querySelector(`[data-held="${CSS.escape(unsaid.id)}"]`)?.parentElement.remove();
  }

  chip(words, dataset, title) {
    return h("li", {}, h("span", { class: "effect unsaid", dataset, title }, words));
  }

  /** What waits for the morning, and why. */
  addHeld(held) {
    const row = this.rowOf(held);
    if (!row || row.querySelector(`[data-held="${CSS.escape(held.id)}"]`) || this.state.unsaid.has(held.id)) return;
    const chip = h("span", { class: "effect held", dataset: { held: held.id }, title: kindName(held.kind) }, icon("moon"), this.whyHeld(held));
    row.querySelector(".effects").append(h("li", {}, chip));
  }

  whyHeld(held) {
    const zone = this.state.people.find((person) => person.id === held.customer)?.time_zone ?? ZONE;
    const [waits, is] = this.state.waits(held) ? ["held until", "is"] : ["was held until", "was"];
    return `${CHANNELS[held.channel]} ${waits} ${hourIn(held.until, zone)}: it ${is} night in ${cityOf(zone)}`;
  }

  /** Mornings come. */
  tick() {
    for (const chip of this.list.querySelectorAll(".held")) {
      const words = this.whyHeld(this.state.held.get(chip.dataset.held));
      if (chip.lastChild.data !== words) chip.lastChild.data = words;
    }
  }

  /** Something said, or not said, leads back to its event; where none came, the silence itself gets
   * a row. */
  rowOf(told) {
    return this.rows.get(told.of_time ? this.silence(told) : told.cause);
  }

  silence(told) {
    const key = `silence ${told.request}`;
    if (this.rows.has(key)) return key;
    const row = h(
      "li",
      { class: "row silent", dataset: { hue: this.state.hue(told) } },
      h("time", { datetime: told.at }, time(told.at)),
      h(
        "div",
        { class: "body" },
        h(
          "p",
          { class: "title" },
          h("strong", {}, "No event came"),
          h("span", { class: "detail" }, `its moment came: ${kindName(told.kind)}`),
        ),
        h("p", { class: "meta" }, h("span", { class: "order" }, about(told))),
        h("ul", { class: "effects" }),
      ),
    );
    this.insert(key, row, told.at);
    return key;
  }

  insert(key, row, moment) {
    this.rows.set(key, row);
    const today = day(moment);
    const top = this.list.firstElementChild;
    if (top?.dataset.day === today) {
      top.after(row);
    } else {
      this.list.prepend(h("li", { class: "day", dataset: { day: today } }, today), row);
    }
    this.count();
  }

  count() {
    byId("no-events").hidden = this.rows.size > 0;
    byId("events-count").textContent = String(this.rows.size);
  }
}
