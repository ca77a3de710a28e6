// How times, durations and names are written on the page.

// One zone for all, wherever the customer lives: a message must not seem older than its event.
const ZONE = "Europe/Kyiv";

const formats = new Map();

function format(options) {
  const key = JSON.stringify(options);
  if (!formats.has(key)) {
    formats.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, ...options }));
  }
  return formats.get(key);
}

export const time = (moment) =>
  format({ hour: "2-digit", minute: "2-digit" }).format(new Date(moment));

export const day = (moment) =>
  format({ weekday: "long", day: "numeric", month: "long" }).format(new Date(moment));

export const shortDay = (moment) =>
  format({ weekday: "short", day: "numeric", month: "short" }).format(new Date(moment));

export function duration(milliseconds) {
  return milliseconds < 1000 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

export function pace(speed) {
  if (speed === 1) return "at its usual pace";
  const hours = speed / 3600;
  if (hours >= 1) return `${Number(hours.toFixed(1))} h per second`;
  return `${Number((speed / 60).toFixed(1))} min per second`;
}

export function median(numbers) {
  if (numbers.length === 0) return null;
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

export const CHANNELS = { sms: "SMS", telegram: "Telegram", email: "E-mail" };
export const LANGUAGES = { en: "English", uk: "Ukrainian", ru: "Russian" };

const KINDS = {
  "order.received": "order received",
  "order.confirmed": "order confirmed",
  "order.cancelled": "order cancelled",
  "payment.failed": "payment failed",
  "payment.refunded": "money sent back",
  "dispatch.late": "dispatch late",
  "shipment.shipped": "shipped",
  "shipment.delayed": "new date",
  "shipment.out_for_delivery": "out for delivery",
  "shipment.attempt_failed": "delivery failed",
  "shipment.ready_for_pickup": "ready for pickup",
  "shipment.delivered": "delivered",
  "return.approved": "return approved",
};

export const kindName = (kind) => KINDS[kind] ?? kind;

/** The first name, for chips and captions. */
export const firstName = (name) => name.split(" ")[0];
