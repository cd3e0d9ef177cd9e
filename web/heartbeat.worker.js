// heartbeat.worker.js: a beat every quarter of a second for a hidden page, whose own timers browsers hold back to one a
// second and later one a minute; those of workers run on. Depends on nothing.

/** Milliseconds. */
const INTERVAL = 250;

setInterval(() => self.postMessage(null), INTERVAL);
