// What is known: events, messages, people, and which order or cart has which colour.

const HUES = 8;
const ERASED = "shop.customer.erased.v1";

export class State {
  constructor() {
    this.people = [];
    this.scenarios = [];
    this.clock = null;
    this.reset();
  }

  reset() {
    this.events = new Map();
    this.messages = new Map();
    this.unsaid = new Map();
    this.held = new Map();
    this.written = new Map();
    this.erased = new Map();
    this.subjects = new Map();
  }

  load(picture) {
    this.reset();
    this.people = picture.people;
    this.scenarios = picture.scenarios;
    this.tick(picture.clock);
    picture.events.forEach((event) => this.addEvent(event));
    picture.messages.forEach((message) => this.addMessage(message));
    picture.unsaid.forEach((unsaid) => this.addUnsaid(unsaid));
    picture.held.forEach((held) => this.addHeld(held));
    picture.written.forEach((written) => this.addWritten(written));
  }

  tick(clock) {
    this.clock = { ...clock, heardAt: performance.now() };
  }

  /** The demo's time now; null until it was heard. */
  now() {
    if (!this.clock) return null;
    const passed = (performance.now() - this.clock.heardAt) * this.clock.speed;
    return new Date(Date.parse(this.clock.now) + passed);
  }

  addEvent(event) {
    this.events.set(event.id, event);
    const subject = this.subject(event);
    if (subject) subject.customer ??= event.customer;
    if (event.type === ERASED) this.erased.set(event.customer, event.time);
  }

  addMessage(message) {
    this.messages.set(message.id, message);
    this.subject(message);
  }

  addUnsaid(unsaid) {
    this.unsaid.set(unsaid.id, unsaid);
    this.subject(unsaid);
  }

  addHeld(held) {
    this.held.set(held.id, held);
    this.subject(held);
  }

  addWritten(written) {
    this.written.set(written.id, written);
  }

  /** Whether it waits now; null while the time is not known. */
  waits(held) {
    const now = this.now();
    return now && Date.parse(held.until) > now;
  }

  /** Whether an event is about somebody who was to be forgotten before. */
  isForgotten(event) {
    const since = this.erased.get(event.customer ?? this.subject(event)?.customer);
    return since !== undefined && event.order !== null && Date.parse(event.time) > Date.parse(since);
  }

  /** What is known of the order or the cart that something is about; the first call gives it the
   * next colour. An order has that of the cart that it was. */
  subject(thing) {
    const keys = [thing.cart && `cart ${thing.cart}`, thing.order && `order ${thing.order}`].filter(Boolean);
    if (keys.length === 0) return null;
    const known = keys.map((key) => this.subjects.get(key)).find(Boolean);
    const subject = known ?? { hue: new Set(this.subjects.values()).size % HUES, customer: null };
    for (const key of keys) this.subjects.set(key, subject);
    return subject;
  }

  hue(thing) {
    return this.subject(thing)?.hue ?? "none";
  }

  /** Whose address it is, if it is one of the demo's people. */
  personAt(channel, address) {
    return this.people.find((person) => person.addresses[channel] === address);
  }

  personOfEvent(event) {
    const customer = event.customer ?? this.subject(event)?.customer;
    return this.people.find((person) => person.id === customer);
  }

  latencies() {
    return [...this.messages.values()].map((m) => m.latency_ms).filter((ms) => ms !== null && ms !== undefined);
  }
}

/** The order or the cart, in words; both where an order was a cart before. */
export function about(thing) {
  return [thing.order && `order ${thing.order}`, thing.cart && `cart ${thing.cart}`].filter(Boolean).join(" · ");
}
