// What is known: events, messages, people, and which order has which colour.

const HUES = 8;

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
    this.orders = new Map();
  }

  load(picture) {
    this.reset();
    this.people = picture.people;
    this.scenarios = picture.scenarios;
    this.tick(picture.clock);
    picture.events.forEach((event) => this.addEvent(event));
    picture.messages.forEach((message) => this.addMessage(message));
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
    if (event.order) {
      const order = this.order(event.order);
      order.customer ??= event.customer;
    }
  }

  addMessage(message) {
    this.messages.set(message.id, message);
    if (message.order) this.order(message.order);
  }

  /** What is known of an order; the first call gives it the next colour. */
  order(id) {
    if (!this.orders.has(id)) {
      this.orders.set(id, { id, hue: this.orders.size % HUES, customer: null });
    }
    return this.orders.get(id);
  }

  hue(order) {
    return order ? this.order(order).hue : "none";
  }

  /** Whose address it is, if it is one of the demo's people. */
  personAt(channel, address) {
    return this.people.find((person) => person.addresses[channel] === address);
  }

  personOfEvent(event) {
    const customer = event.customer ?? (event.order && this.order(event.order).customer);
    return this.people.find((person) => person.id === customer);
  }

  latencies() {
    return [...this.messages.values()].map((m) => m.latency_ms).filter((ms) => ms !== null && ms !== undefined);
  }
}
