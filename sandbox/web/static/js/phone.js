// The right side: a phone. Notifications of everything, and an app for each channel.

import { byId, h, icon } from "./dom.js";
import { CHANNELS, ZONE, cityOf, day, duration, firstName, hourIn, kindName, shortDay, time } from "./format.js";
import { about } from "./state.js";
import { link, telegramNodes, withLinks } from "./telegram.js";

const APPS = ["all", "sms", "whatsapp", "telegram", "email"];
const CHATS = ["sms", "whatsapp", "telegram"];
const APP_NAMES = { all: "All", sms: "Messages", whatsapp: "WhatsApp", telegram: "Telegram", email: "Mail" };

export class Phone {
  constructor(state, ask) {
    this.state = state;
    this.ask = ask;
    this.draft = "";
    this.view = byId("view");
    this.app = "all";
    this.owner = null;
    this.opened = null;
    this.buildDock();
    this.redraw();
  }

  buildDock() {
    this.badges = {};
    this.buttons = {};
    for (const app of APPS) {
      this.badges[app] = h("span", { class: "badge" });
      this.buttons[app] = h(
        "button",
        { type: "button", dataset: { channel: app }, onclick: () => this.openApp(app) },
        h("span", { class: "tile" }, icon(app), this.badges[app]),
        h("span", { class: "label" }, APP_NAMES[app]),
      );
      byId("dock").append(this.buttons[app]);
    }
  }

  ownersName(message) {
    const person = this.state.personAt(message.channel, message.to);
    return person ? firstName(person.name) : message.to;
  }

  /** The zone that the phone's own clock goes by. */
  zone() {
    return this.state.people.find((person) => person.key === this.owner)?.time_zone ?? ZONE;
  }

  /** When it came, by the clock of whoever got or wrote it; and where that is, if it is elsewhere. */
  moment(message, written = time) {
    const zone = this.zoneOf(message);
    const where = zone === this.zone() ? "" : ` in ${cityOf(zone)}`;
    return h("time", { datetime: message.at }, written(message.at, zone) + where);
  }

  zoneOf(message) {
    return this.state.personAt(message.channel, message.to)?.time_zone ?? ZONE;
  }

  messages() {
    const all = [...this.state.messages.values()];
    return all.filter((m) => !this.owner || this.state.personAt(m.channel, m.to)?.key === this.owner);
  }

  openApp(app) {
    this.app = app;
    this.opened = null;
    this.redraw();
  }

  setOwner(key) {
    this.owner = key;
    this.opened = null;
    this.redraw();
  }

  /** Shows one message in its app. */
  open(id) {
    const message = this.state.messages.get(id);
    if (!message) return;
    if (this.owner && !this.messages().includes(message)) this.owner = null;
    this.app = message.channel;
    this.opened = message.channel === "email" ? id : null;
    this.redraw();
    const target = this.view.querySelector(`[data-id="${CSS.escape(id)}"]`);
    target?.scrollIntoView({ block: "nearest" });
    if (!this.opened) target?.classList.add("pointed");
    this.view.focus({ preventScroll: true });
  }

  /** A message came, or is known better. An opened mail is left in peace. */
  changed(message) {
    this.drawDock();
    this.drawOwners();
    const concerns = this.app === "all" || this.app === message.channel;
    if (concerns && !this.opened) this.drawView(message.id);
  }

  redraw() {
    this.drawDock();
    this.drawOwners();
    this.drawView(null);
    this.showTime();
  }

  drawDock() {
    const messages = this.messages();
    for (const app of APPS) {
      const count = messages.filter((m) => app === "all" || m.channel === app).length;
      this.badges[app].textContent = count ? String(count) : "";
      this.buttons[app].setAttribute("aria-pressed", String(app === this.app));
      this.buttons[app].setAttribute("aria-label", `${APP_NAMES[app]}, ${count} messages`);
    }
    byId("phone-count").textContent = String(messages.length);
  }

  drawOwners() {
    const seen = new Set([...this.state.messages.values()].map((m) => this.state.personAt(m.channel, m.to)?.key));
    const people = this.state.people.filter((p) => seen.has(p.key) || p.key === this.owner);
    const chips = [{ key: null, name: "Everyone" }, ...people].map((person) =>
      h(
        "button",
        {
          type: "button",
          class: "chip",
          "aria-pressed": String(person.key === this.owner),
          lang: person.language,
          onclick: () => this.setOwner(person.key),
        },
        firstName(person.name),
      ),
    );
    const focused = [...byId("owners").children].indexOf(document.activeElement);
    byId("owners").replaceChildren(...chips);
    if (focused >= 0) chips[Math.min(focused, chips.length - 1)].focus();
  }

  drawView(newest) {
    const draw = { all: this.lockScreen, sms: this.chat, whatsapp: this.chat, telegram: this.chat, email: this.mailbox }[this.app];
    const top = this.view.scrollTop;
    const wasAtEnd = top + this.view.clientHeight > this.view.scrollHeight - 40;
    this.view.dataset.app = this.opened ? "mail" : this.app;
    this.view.replaceChildren(...(this.opened ? this.mail() : draw.call(this)));
    if (newest) this.view.querySelector(`[data-id="${CSS.escape(newest)}"]`)?.classList.add("arrived");
    const isChat = !this.opened && CHATS.includes(this.app);
    if (isChat && (wasAtEnd || !newest)) this.view.scrollTop = this.view.scrollHeight;
    else this.view.scrollTop = newest ? top : 0;
  }

  // What the phone shows when nobody touches it.

  lockScreen() {
    const cards = this.messages().reverse().map((message) => this.notification(message));
    const hint = h("p", { class: "quiet" }, "Start a story: its messages arrive here.");
    this.bigTime = h("span", { class: "hour" }, "\u00a0");
    this.bigDay = h("span", { class: "date" }, "\u00a0");
    this.showTime();
    const waits = this.ghosts();
    const below = cards.length || waits.length ? cards : [hint];
    return [h("div", { class: "face", "aria-hidden": "true" }, this.bigDay, this.bigTime), ...waits, ...below];
  }

  showTime() {
    const now = this.state.now();
    if (!now) return;
    const zone = this.zone();
    byId("phone-time").textContent = time(now, zone);
    if (this.bigTime) this.bigTime.textContent = time(now, zone);
    if (this.bigDay) this.bigDay.textContent = day(now, zone) + (zone === ZONE ? "" : `, ${cityOf(zone)}`);
  }

  /** When the morning comes, nothing waits any more. */
  dawn() {
    const waits = this.view.querySelectorAll(".ghost").length;
    if (waits && this.ghosts().length !== waits) this.drawView(null);
  }

  notification(message) {
    const preview = message.channel === "telegram" && message.html
      ? h("p", { class: "preview", lang: message.language }, ...plainCopy(telegramNodes(message.html)))
      : h("p", { class: "preview", lang: message.language }, message.channel === "whatsapp" ? message.text.replaceAll(/\*|```/g, "") : message.text);
    return h(
      "article",
      { class: "notice", dataset: { id: message.id, hue: this.state.hue(message) } },
      h("span", { class: "tile", dataset: { channel: message.channel } }, icon(message.channel)),
      h(
        "button",
        { type: "button", class: "inside", onclick: () => this.open(message.id) },
        h(
          "span",
          { class: "line" },
          h("span", { class: "app" }, this.caption(message)),
          this.moment(message, (at, zone) => `${shortDay(at, zone).split(",")[0]} ${time(at, zone)}`),
        ),
        message.subject ? h("span", { class: "subject", lang: message.language }, message.subject) : null,
        preview,
        this.footnote(message),
      ),
    );
  }

  caption(message) {
    const channel = CHANNELS[message.channel];
    return this.owner ? channel : `${channel} to ${this.ownersName(message)}`;
  }

  footnote(message) {
    const known = [message.kind && kindName(message.kind), about(message)].filter(Boolean).join(" · ");
    const latency = message.latency_ms === null || message.latency_ms === undefined ? null : h("span", { class: "fast" }, duration(message.latency_ms));
    if (!known) return null; // what the bot says is about no order alone
    return h("span", { class: "foot" }, h("span", { class: "dot" }), known, latency);
  }

  // Messages and Telegram: bubbles, oldest first.

  chat() {
    const mine = this.messages().filter((m) => m.channel === this.app);
    if (mine.length === 0) return [this.heading(), h("p", { class: "quiet" }, `No ${APP_NAMES[this.app]} messages yet.`)];
    const nodes = [this.heading()];
    let today = "";
    const numbers = new Set(mine.map((m) => m.to));
    const written = [...this.state.written.values()].filter((m) => m.channel === this.app && numbers.has(m.to));
    const all = [...mine, ...written].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
    for (const message of all) {
      const date = day(message.at, this.zoneOf(message));
      if (date !== today) nodes.push(h("p", { class: "separator" }, date));
      today = date;
      if (message.mine) nodes.push(this.mine(message));
      else if (message.mine === false) nodes.push(this.answered(message));
      else nodes.push({ sms: this.sms, whatsapp: this.whatsapp, telegram: this.telegram }[this.app].call(this, message));
    }
    if (CHATS.includes(this.app)) nodes.push(this.replyBox(mine.at(-1).to));
    return nodes;
  }

  heading() {
    return h("h3", { class: "app-title" }, APP_NAMES[this.app]);
  }

  sms(message) {
    return this.bubble(message, h("p", { class: "text", lang: message.language }, ...withLinks(message.text)));
  }

  /** *Bold* and ```codes```: all of its markup that our texts use. */
  whatsapp(message) {
    const parts = message.text
      .split(/```([^`\n]+)```/)
      .flatMap((part, n) => (n % 2 ? [h("code", {}, part)] : part.split(/\*([^*\n]+)\*/).flatMap((said, m) => (m % 2 ? [h("b", {}, said)] : withLinks(said)))));
    return this.bubble(message, h("p", { class: "text", lang: message.language }, ...parts));
  }

  telegram(message) {
    const text = message.html ? telegramNodes(message.html) : [message.text];
    const rows = message.buttons.map((row) =>
      h("div", { class: "keys" }, ...row.map((b) => (b.press ? this.key(message, b) : link(b.url, "key", b.label)))),
    );
    return this.bubble(message, h("p", { class: "text", lang: message.language }, ...text), ...rows);
  }

  /** A button that answers. What it did is seen when the buttons change. */
  key(message, button) {
    const pressed = async (event) => {
      event.currentTarget.disabled = true;
      await this.ask("POST", `/api/messages/${encodeURIComponent(message.id)}/press`, { data: button.press });
    };
    return h("button", { type: "button", class: "key", lang: message.language, onclick: pressed }, button.label);
  }

  /** What one writes back; the notifier hears it as Twilio or Telegram would bring it. */
  replyBox(number) {
    const input = h("input", { type: "text", "aria-label": `Reply from ${number}`, placeholder: this.replyHint(number), maxlength: "160", autocomplete: "off", value: this.draft, oninput: (event) => { this.draft = event.target.value; } });
    const app = this.app;
    const send = async (event) => {
      event.preventDefault();
      const text = this.draft.trim();
      if (!text) return;
      this.draft = "";
      this.redraw();
      await this.ask("POST", `/api/${app}`, { number, text });
    };
    return h("form", { class: "reply", onsubmit: send }, input, h("button", { type: "submit" }, "Send"));
  }

  replyHint(number) {
    const person = this.state.personAt(this.app, number);
    const asked = this.app === "telegram" ? "Where is my order?" : "Reply";
    return person && !this.owner ? `${firstName(person.name)}: ${asked}` : asked;
  }

  /** Something was written on a phone. */
  wrote(written) {
    if (this.app === written.channel) this.redraw();
  }

  /** Something waits for the morning. */
  waiting() {
    if (this.app === "all") this.redraw();
  }

  /** What waits for the morning is not on the phone yet. */
  ghosts() {
    const all = [...this.state.held.values()].filter((held) => this.state.waits(held) && !this.state.unsaid.has(held.id));
    return all.filter((held) => !this.owner || this.person(held)?.key === this.owner).map((held) => this.ghost(held));
  }

  person(held) {
    return this.state.people.find((person) => person.id === held.customer);
  }

  ghost(held) {
    const person = this.person(held);
    const zone = person?.time_zone ?? ZONE;
    const words = `It is night in ${cityOf(zone)}: ${CHANNELS[held.channel]} to ${person ? firstName(person.name) : "them"} waits until ${hourIn(held.until, zone)}.`;
    return h("article", { class: "ghost", dataset: { hue: this.state.hue(held) } }, icon("moon"), h("p", {}, words));
  }

  /** What the notifier answers at once, to a STOP such as this. */
  answered(message) {
    return h("article", { class: "bubble sms" }, h("div", { class: "said" }, h("p", { class: "text" }, message.text), this.moment(message)));
  }

  mine(message) {
    return h("article", { class: "bubble mine" }, h("div", { class: "said" }, h("p", { class: "text" }, message.text), this.moment(message)));
  }

  bubble(message, text, ...below) {
    const to = this.owner ? null : h("span", { class: "to" }, `to ${this.ownersName(message)}`);
    return h(
      "article",
      { class: `bubble ${message.channel}`, dataset: { id: message.id, hue: this.state.hue(message) } },
      h("div", { class: "said" }, to, text, this.moment(message)),
      ...below,
      this.footnote(message),
    );
  }

  // Mail: a list, and one mail opened.

  mailbox() {
    const mails = this.messages().filter((m) => m.channel === "email").reverse();
    if (mails.length === 0) return [this.heading(), h("p", { class: "quiet" }, "No mail yet.")];
    const rows = mails.map((message) =>
      h(
        "article",
        { class: "letter", dataset: { id: message.id, hue: this.state.hue(message) } },
        h(
          "button",
          { type: "button", class: "inside", onclick: () => this.open(message.id) },
          h(
            "span",
            { class: "line" },
            h("span", { class: "app" }, this.owner ? kindName(message.kind ?? "mail") : `to ${this.ownersName(message)}`),
            this.moment(message, (at, zone) => `${shortDay(at, zone)} ${time(at, zone)}`),
          ),
          h("span", { class: "subject", lang: message.language }, message.subject ?? ""),
          h("p", { class: "preview", lang: message.language }, message.text),
          this.footnote(message),
        ),
      ),
    );
    return [this.heading(), ...rows];
  }

  mail() {
    const message = this.state.messages.get(this.opened);
    if (!message) return [];
    const frame = message.html
      ? h("iframe", { class: "paper", sandbox: "allow-popups allow-popups-to-escape-sandbox", title: message.subject ?? "mail", src: `/api/messages/${encodeURIComponent(message.id)}/mail` })
      : null;
    const text = h("pre", { class: "plain-mail", lang: message.language, tabindex: "0" }, message.text);
    text.hidden = frame !== null;
    const tab = (label, showsText) =>
      h("button", {
        type: "button",
        "aria-pressed": String(showsText === !text.hidden),
        onclick: (event) => {
          text.hidden = !showsText;
          if (frame) frame.hidden = showsText;
          for (const other of event.currentTarget.parentElement.children) {
            other.setAttribute("aria-pressed", String(other === event.currentTarget));
          }
        },
      }, label);
    return [
      h(
        "div",
        { class: "mail-head", dataset: { id: message.id } },
        h("button", { type: "button", class: "back", "aria-label": "Back to the mailbox", onclick: () => this.openApp("email") }, icon("back")),
        h("div", { class: "mail-words" }, h("h3", { lang: message.language }, message.subject ?? ""), h("p", {}, `to ${message.to}`)),
        frame ? h("div", { class: "switch", role: "group", "aria-label": "How to read the mail" }, tab("HTML", false), tab("Text", true)) : null,
      ),
      ...(frame ? [frame] : []),
      text,
    ];
  }
}

/** The same text without its links: a card is a button already. */
function plainCopy(nodes) {
  return nodes.map((node) => {
    if (typeof node === "string") return node;
    const inside = plainCopy([...node.childNodes].map((n) => (n.nodeType === Node.TEXT_NODE ? n.data : n)));
    return h(node.localName === "a" ? "span" : node.localName, {}, ...inside);
  });
}
