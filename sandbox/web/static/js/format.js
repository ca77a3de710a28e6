// How times, durations and names are written on the page.

/** The shop's. The events are told by its clock, wherever the customer lives: a message must not
 *  seem older than its event. A phone goes by its owner's. */
export const ZONE = "Europe/Kyiv";

const formats = new Map();

function format(options) {
  const key = JSON.stringify(options);
  if (!formats.has(key)) {
    formats.set(key, new Intl.DateTimeFormat("en-GB", options));
  }
  return formats.get(key);
}

export const time = (moment, timeZone = ZONE) =>
  format({ hour: "2-digit", minute: "2-digit", timeZone }).format(new Date(moment));

export const day = (moment, timeZone = ZONE) =>
  format({ weekday: "long", day: "numeric", month: "long", timeZone }).format(new Date(moment));

export const shortDay = (moment, timeZone = ZONE) =>
  format({ weekday: "short", day: "numeric", month: "short", timeZone }).format(new Date(moment));

/** The hour on the clock of somebody in this zone, such as 8:00, and their city. */
export const hourIn = (moment, zone) =>
  format({ hour: "numeric", minute: "2-digit", timeZone: zone }).format(new Date(moment));
export const cityOf = (zone) => zone.split("/").at(-1).replaceAll("_", " ");

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

export const CHANNELS = { sms: "SMS", whatsapp: "WhatsApp", telegram: "Telegram", email: "E-mail" };
export const LANGUAGES = { en: "English", uk: "Ukrainian", ru: "Russian" };

const KINDS = {
  "order.received": "order received",
  "order.confirmed": "order confirmed",
  "order.on_hold": "on hold",
  "order.released": "goes on",
  "order.edited": "order changed",
  "order.action_needed": "something to do",
  "order.action_reminder": "reminder to act",
  "order.item_unavailable": "item unavailable",
  "order.item_substituted": "item replaced",
  "order.item_backordered": "item comes later",
  "order.split": "several parcels",
  "order.cancelled": "order cancelled",
  "order.expired": "not paid in time",
  "order.reinstated": "comes after all",
  "order.note": "a word from the shop",
  "order.invoice": "invoice",
  "order.download_ready": "download ready",
  "order.recall": "recall",
  "order.progress": "how many parcels left",
  "order.completed": "all parcels there",
  "order.no_news": "no news yet",
  "payment.instructions": "how to pay",
  "payment.reminder": "reminder to pay",
  "payment.failed": "payment failed",
  "payment.action_required": "confirm the payment",
  "payment.partly_refunded": "part of the money back",
  "payment.refunded": "money sent back",
  "refund.late": "refund late",
  "refund.failed": "refund failed",
  "dispatch.late": "dispatch late",
  "shipment.not_scanned": "not handed over yet",
  "shipment.shipped": "shipped",
  "shipment.partly_shipped": "partly shipped",
  "shipment.tracking_changed": "new tracking number",
  "shipment.arriving_tomorrow": "arrives tomorrow",
  "shipment.courier_window": "delivery hours",
  "shipment.out_for_delivery": "out for delivery",
  "shipment.stalled": "no scan for days",
  "shipment.delayed": "new date",
  "shipment.overdue": "did not come",
  "shipment.earlier": "comes earlier",
  "shipment.duty_due": "customs duty",
  "shipment.duty_reminder": "duty not paid yet",
  "shipment.address_problem": "address not found",
  "shipment.attempt_failed": "delivery failed",
  "shipment.attempt_follow_up": "still not delivered",
  "shipment.ready_for_pickup": "ready for pickup",
  "pickup.reminder": "reminder to collect",
  "pickup.last_day": "last day to collect",
  "shipment.damaged": "parcel damaged",
  "shipment.lost": "parcel lost",
  "shipment.found": "parcel found",
  "shipment.returning": "on its way back",
  "shipment.returned": "back at the shop",
  "shipment.delivered": "delivered",
  "delivery.check": "did you get it?",
  "delivery.correction": "not delivered after all",
  "return.window_closing": "return window closes",
  "return.requested": "return asked for",
  "return.approved": "return approved",
  "return.rejected": "return refused",
  "return.closed": "return closed",
  "return.info_needed": "question on the return",
  "return.label_ready": "return label",
  "return.label_failed": "no return label yet",
  "return.drop_off_reminder": "reminder to send it back",
  "return.deadline_near": "return deadline near",
  "return.in_transit": "return on its way",
  "return.received": "return received",
  "return.inspected": "return inspected",
  "return.exchange_sent": "exchange sent",
  "return.late": "return decision late",
  "repair.accepted": "repair accepted",
  "repair.expertise": "fault examined",
  "repair.ready": "repair ready",
  "repair.late": "repair late",
  "support.opened": "question received",
  "support.answered": "question answered",
  "support.closed": "question settled",
  "order.check_in": "is everything all right?",
  "review.request": "review asked for",
  "incident.notice": "trouble announced",
  "incident.solved": "trouble over",
  "chat.linked": "chat linked",
  "cart.abandoned": "something in the cart",
  "checkout.abandoned": "order not completed",
};

export const kindName = (kind) => KINDS[kind] ?? kind;

/** The first name, for chips and captions. */
export const firstName = (name) => name.split(" ")[0];
