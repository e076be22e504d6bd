/** Evaluates a series of health readings for the platform page. */

import type { HealthReading } from "./api/client";
import type { Health } from "./api/types";
import { words } from "./format";

/** One attempt to read the health; `reading` is null if the call failed. */
export interface Sample {
  readonly id: number;
  readonly reading: HealthReading | null;
}

export interface TaskSummary {
  readonly task: string;
  readonly zone: string;
  readonly capacity: string;
  readonly release: string;
  readonly answers: number;
  readonly lastLatencyMs: number;
}

export const KEPT_SAMPLES = 60;

export function withSample(samples: readonly Sample[], reading: HealthReading | null): readonly Sample[] {
  const id = (samples.at(-1)?.id ?? 0) + 1;
  return [...samples, { id, reading }].slice(-KEPT_SAMPLES);
}

/**
 * Return the latency that a share of the responses did not exceed (nearest rank).
 *
 * @param share - Share of the responses, such as 0.95; above 0 and at most 1.
 * @returns Milliseconds; null without any response.
 */
export function percentile(samples: readonly Sample[], share: number): number | null {
  const latencies = samples
    .flatMap(({ reading }) => (reading ? [reading.latencyMs] : []))
    .sort((a, b) => a - b);
  return latencies[Math.ceil(share * latencies.length) - 1] ?? null;
}

const WORST_FIRST = ["unhealthy", "degraded", "unknown"] as const;

/** Return one word for a task's state: `draining`, or else the worst state of its checks. */
export function stateOf(health: Health): string {
  if (health.draining) return "draining";
  const found = Object.values(health.checks ?? {}).map(({ status }) => status);
  return WORST_FIRST.find((status) => found.includes(status)) ?? health.status;
}

/** Return how Fargate runs the task. The names of the capacity providers are those of Amazon ECS. */
export function capacityText(health: Health): string {
  if (health.capacityProvider === "FARGATE_SPOT") return "Spot";
  if (health.capacityProvider === "FARGATE") return "On demand";
  const { capacityProvider = "unknown", launchType } = health;
  if (capacityProvider !== "unknown") return capacityProvider;
  // The launch type FARGATE is the same for Spot and on demand, so it does not tell which of the two it is.
  return launchType === undefined ? "Unknown" : `Unknown (${words(launchType)})`;
}

/** Return the release's name. A digest is shortened to its first characters, because a full one breaks the layout. */
export function releaseText(health: Health): string {
  const release = health.release ?? "Unknown";
  return release.replace(/^(.*@)?sha256:([0-9a-f]{12})[0-9a-f]*$/, "$2");
}

/** Return the tasks that answered; the task of the latest response comes first. */
export function tasksOf(samples: readonly Sample[]): TaskSummary[] {
  const tasks = new Map<string, TaskSummary>();
  for (const { reading } of samples) {
    if (reading === null) continue;
    const { health, latencyMs } = reading;
    const task = health.task ?? "Unknown";
    const answers = (tasks.get(task)?.answers ?? 0) + 1;
    tasks.delete(task);
    tasks.set(task, {
      task,
      zone: health.zone ?? "Unknown",
      capacity: capacityText(health),
      release: releaseText(health),
      answers,
      lastLatencyMs: latencyMs,
    });
  }
  return [...tasks.values()].reverse();
}
