/**
 * Loaded before a service's own code (`node --import`): its wall clock runs READSIDE_CLOCK_SHIFT_MS beside the machine's. Timers and
 * performance.now() do not change, as they would not when somebody sets a clock.
 */
const SHIFT_MS = Number(process.env['READSIDE_CLOCK_SHIFT_MS'] ?? 0);
const RealDate = Date;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [target.now() + SHIFT_MS] : args, newTarget) as Date,
  apply: (target) => new target(target.now() + SHIFT_MS).toString(),
  get: (target, name, receiver) =>
    name === 'now' ? () => target.now() + SHIFT_MS : (Reflect.get(target, name, receiver) as unknown),
});
