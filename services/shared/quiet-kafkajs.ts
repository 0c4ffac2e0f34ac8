/**
 * kafkajs 2.2.4 sets a timer with a negative time for every connection that has nothing to send, and sets it again each time it ends:
 * a thousand wake-ups a second a connection, and a TimeoutNegativeWarning on newer Node. Here such a timer is not set: a queue with
 * nothing in it is looked at when something is put there, or when a response comes. The library is no longer maintained.
 */
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

interface Queue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
}

type Schedule = (this: Queue) => void;

const queues: { scheduleCheckPendingRequests: Schedule } = RequestQueue.prototype;
// oxlint-disable-next-line typescript/unbound-method -- it is called with its queue
const schedule = queues.scheduleCheckPendingRequests;

/** Done once, by whoever makes the first client. Doing it again changes nothing. */
export function quietKafkajs(): void {
  queues.scheduleCheckPendingRequests = function scheduleWhenNeeded(this: Queue): void {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
  };
}
