// While a simulation runs, the real clock, real chance and real timers throw: whoever asks them
// would make equal seeds unequal. What the simulator itself needs of them it takes beforehand.

type Release = () => void;

const forbidden: readonly (readonly [object: object, key: string])[] = [
  [Date, "now"],
  [Math, "random"],
  [performance, "now"],
  [process, "hrtime"],
  [globalThis, "setTimeout"],
  [globalThis, "setInterval"],
  [globalThis, "setImmediate"],
];

export function forbidRealWorld(): Release {
  const kept = forbidden.map(([object, key]) => {
    const descriptor = Object.getOwnPropertyDescriptor(object, key);
    Object.defineProperty(object, key, {
      configurable: true,
      value: () => {
        throw new Error(`${key} was called in a simulation: equal seeds would not be equal.`);
      },
    });
    return () => {
      if (descriptor === undefined) Reflect.deleteProperty(object, key);
      else Object.defineProperty(object, key, descriptor);
    };
  });
  const RealDate = globalThis.Date;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, given) => {
      if (given.length === 0) throw new Error("new Date() was called in a simulation.");
      return new target(...(given as [number]));
    },
  });
  return () => {
    globalThis.Date = RealDate;
    for (const restore of kept) restore();
  };
}
