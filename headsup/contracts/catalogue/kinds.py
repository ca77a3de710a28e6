"""Everything that Headsup can tell a customer, by name."""

from enum import StrEnum


class Kind(StrEnum):
    """Everything that Headsup can tell a customer."""

    ORDER_RECEIVED = "order.received"  # placed, and the money is awaited
    ORDER_CONFIRMED = "order.confirmed"  # accepted: it is being prepared
    ORDER_ON_HOLD = "order.on_hold"  # the shop does not go on with it for now
    ORDER_RELEASED = "order.released"  # it goes on after all
    ORDER_EDITED = "order.edited"  # lines, address or price changed
    ORDER_ACTION_NEEDED = "order.action_needed"  # only the customer can do this
    ORDER_ACTION_REMINDER = "order.action_reminder"  # they have not done it yet
    ORDER_ITEM_UNAVAILABLE = "order.item_unavailable"  # a line does not come
    ORDER_ITEM_SUBSTITUTED = "order.item_substituted"  # something else comes instead
    ORDER_ITEM_BACKORDERED = "order.item_backordered"  # a line comes later
    ORDER_SPLIT = "order.split"  # it comes in several parcels
    ORDER_CANCELLED = "order.cancelled"  # it does not come: by whom, why, and the money
    ORDER_EXPIRED = "order.expired"  # it was not paid in time
    ORDER_REINSTATED = "order.reinstated"  # it was told to be cancelled, and comes
    ORDER_NOTE = "order.note"  # a word of the shop's staff
    ORDER_INVOICE = "order.invoice"  # the invoice or receipt can be read
    ORDER_DOWNLOAD_READY = "order.download_ready"  # something bought can be downloaded
    ORDER_RECALL = "order.recall"  # something bought is not safe
    ORDER_PROGRESS = "order.progress"  # of many parcels: how many have left, and are there
    ORDER_COMPLETED = "order.completed"  # the last of several parcels is there
    ORDER_NO_NEWS = "order.no_news"  # the promised moment came, and this is all we know

    PAYMENT_INSTRUCTIONS = "payment.instructions"  # how to pay, and until when
    PAYMENT_REMINDER = "payment.reminder"  # the time to pay runs out
    PAYMENT_FAILED = "payment.failed"  # why, and how to try again
    PAYMENT_ACTION_REQUIRED = "payment.action_required"  # the bank wants a confirmation
    PAYMENT_PARTLY_REFUNDED = "payment.partly_refunded"  # a part of the money was sent back
    PAYMENT_REFUNDED = "payment.refunded"  # the money was sent back, and when the bank shows it
    REFUND_LATE = "refund.late"  # the money should have been sent by now
    REFUND_FAILED = "refund.failed"  # the money came back to the shop

    DISPATCH_LATE = "dispatch.late"  # it should have left by now
    SHIPMENT_NOT_SCANNED = "shipment.not_scanned"  # labelled, and no carrier has seen it
    SHIPMENT_SHIPPED = "shipment.shipped"  # a carrier has it
    SHIPMENT_PARTLY_SHIPPED = "shipment.partly_shipped"  # a carrier has a part of the order
    SHIPMENT_TRACKING_CHANGED = "shipment.tracking_changed"  # another carrier, or another number
    SHIPMENT_ARRIVING_TOMORROW = "shipment.arriving_tomorrow"  # the evening before
    SHIPMENT_COURIER_WINDOW = "shipment.courier_window"  # between which hours the courier comes
    SHIPMENT_OUT_FOR_DELIVERY = "shipment.out_for_delivery"  # today
    SHIPMENT_STALLED = "shipment.stalled"  # no carrier has seen it for days
    SHIPMENT_DELAYED = "shipment.delayed"  # later than we told them: both days, and why
    SHIPMENT_OVERDUE = "shipment.overdue"  # the last day that we told them is over
    SHIPMENT_EARLIER = "shipment.earlier"  # sooner than we told them
    SHIPMENT_DUTY_DUE = "shipment.duty_due"  # customs wants money
    SHIPMENT_DUTY_REMINDER = "shipment.duty_reminder"  # it is not paid yet
    SHIPMENT_ADDRESS_PROBLEM = "shipment.address_problem"  # the carrier cannot find the address
    SHIPMENT_ATTEMPT_FAILED = "shipment.attempt_failed"  # the courier came in vain
    SHIPMENT_ATTEMPT_FOLLOW_UP = "shipment.attempt_follow_up"  # a day later, nothing has changed
    SHIPMENT_READY_FOR_PICKUP = "shipment.ready_for_pickup"  # where it waits, and until when
    PICKUP_REMINDER = "pickup.reminder"  # half of the time to fetch it is over
    PICKUP_LAST_DAY = "pickup.last_day"  # after today it goes back
    SHIPMENT_DAMAGED = "shipment.damaged"  # and what the shop does
    SHIPMENT_LOST = "shipment.lost"  # and what the shop does
    SHIPMENT_FOUND = "shipment.found"  # it was told to be lost, and is not
    SHIPMENT_RETURNING = "shipment.returning"  # it goes back to the shop, and why
    SHIPMENT_RETURNED = "shipment.returned"  # it is back, and what becomes of the money
    SHIPMENT_DELIVERED = "shipment.delivered"  # to whom, or where it was left
    DELIVERY_CHECK = "delivery.check"  # is it really there?
    DELIVERY_CORRECTION = "delivery.correction"  # we said that it was delivered, and it is not

    RETURN_WINDOW_CLOSING = "return.window_closing"  # the right to send something back ends soon
    RETURN_REQUESTED = "return.requested"  # the shop knows of it
    RETURN_APPROVED = "return.approved"  # how to send it, where to, until when, and the money
    RETURN_REJECTED = "return.rejected"  # and why
    RETURN_CLOSED = "return.closed"  # it does not go on: who wished it, and what that means
    RETURN_INFO_NEEDED = "return.info_needed"  # the shop asks something first
    RETURN_LABEL_READY = "return.label_ready"  # it can be printed, or shown
    RETURN_LABEL_FAILED = "return.label_failed"  # it could not be made; the shop sees to it
    RETURN_DROP_OFF_REMINDER = "return.drop_off_reminder"  # no carrier has seen it
    RETURN_DEADLINE_NEAR = "return.deadline_near"  # its last day is near
    RETURN_IN_TRANSIT = "return.in_transit"  # a carrier has it
    RETURN_RECEIVED = "return.received"  # it arrived, and by when the shop looks at it
    RETURN_INSPECTED = "return.inspected"  # what was found, and the money
    RETURN_EXCHANGE_SENT = "return.exchange_sent"  # something else comes instead
    RETURN_LATE = "return.late"  # the shop should have looked at it by now
    REPAIR_ACCEPTED = "repair.accepted"  # by when it is ready
    REPAIR_EXPERTISE = "repair.expertise"  # whether the fault is covered is examined
    REPAIR_READY = "repair.ready"  # where it can be fetched
    REPAIR_LATE = "repair.late"  # it should be ready by now

    SUPPORT_OPENED = "support.opened"  # the shop has the question
    SUPPORT_ANSWERED = "support.answered"  # there is an answer
    SUPPORT_CLOSED = "support.closed"  # it is settled; how was it, from 1 to 5?
    ORDER_CHECK_IN = "order.check_in"  # is everything all right with it?
    REVIEW_REQUEST = "review.request"  # would they say how it was?

    INCIDENT_NOTICE = "incident.notice"  # a carrier or the shop has trouble that touches it
    INCIDENT_SOLVED = "incident.solved"  # it is over

    CHAT_LINKED = "chat.linked"  # a Telegram chat was linked: was it they?

    CART_ABANDONED = "cart.abandoned"  # something waits in a cart, and nobody ordered it
    CHECKOUT_ABANDONED = "checkout.abandoned"  # they began to pay, and no order came
