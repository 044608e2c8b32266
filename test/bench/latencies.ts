// A bounded sample of latencies: all of them while there is room, then a fair choice (Vitter 1985,
// algorithm R). Adding costs no allocation, so that measuring does not disturb what is measured.

const samplesMax = 1 << 18;

export class Latencies {
  private readonly samples = new Float64Array(samplesMax);
  private kept = 0;
  private seen = 0;

  add(latencyMs: number): void {
    this.seen += 1;
    if (this.kept < samplesMax) {
      this.samples[this.kept] = latencyMs;
      this.kept += 1;
      return;
    }
    const place = (Math.random() * this.seen) | 0;
    if (place < samplesMax) this.samples[place] = latencyMs;
  }

  /** The latency that `percent` of the messages stayed within; NaN when there was none. */
  percentile(percent: number): number {
    const sorted = this.samples.slice(0, this.kept).sort();
    const place = Math.min(this.kept - 1, Math.floor((percent / 100) * this.kept));
    return sorted[place] ?? Number.NaN;
  }
}

/** The upper of the two middle values where their number is even; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
