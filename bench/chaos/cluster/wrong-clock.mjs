// Puts the clock of a process and its threads ten minutes ahead; loaded by Node's --import before the engine.
const aheadMs = 600_000;
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + aheadMs);
    else super(...given);
  }

  static now() {
    return RealDate.now() + aheadMs;
  }
};
