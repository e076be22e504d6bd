import { KEPT_SAMPLES, percentile, type Sample } from "../readings";

const HEIGHT = 100;
const STEP = 10;
const BAR = 7;

/** A chart with a bar for each reading. Its height is the latency; without a response it is red and at full height. */
export function LatencyChart({ samples }: { samples: readonly Sample[] }) {
  const most = percentile(samples, 1) ?? 0;
  const scale = most > 0 ? HEIGHT / (most * 1.1) : 0;
  const start = (KEPT_SAMPLES - samples.length) * STEP;
  const label =
    most > 0
      ? `Latency of the last ${samples.length} readings, at most ${Math.round(most)} ms`
      : "No readings yet";
  return (
    <svg
      className="chart"
      viewBox={`0 0 ${KEPT_SAMPLES * STEP} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {samples.map(({ id, reading }, index) => {
        const height = reading ? Math.max(2, reading.latencyMs * scale) : HEIGHT;
        return (
          <rect
            key={id}
            className={reading ? "bar" : "bar failed"}
            x={start + index * STEP}
            y={HEIGHT - height}
            width={BAR}
            height={height}
          />
        );
      })}
    </svg>
  );
}
