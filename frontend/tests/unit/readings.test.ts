import { describe, expect, it } from "vitest";
import type { HealthCheck } from "../../src/api/types";
import { edgeOf } from "../../src/edge";
import {
  capacityText,
  KEPT_SAMPLES,
  percentile,
  releaseText,
  type Sample,
  stateOf,
  tasksOf,
  withSample,
} from "../../src/readings";

const reading = (task: string, latencyMs: number) => ({
  health: {
    status: "ok",
    task,
    zone: "eu-west-1a",
    capacityProvider: "FARGATE_SPOT",
    release: "v1",
  } as const,
  latencyMs,
});

const samplesOf = (...latencies: (number | null)[]): readonly Sample[] =>
  latencies.reduce<readonly Sample[]>(
    (samples, latency) => withSample(samples, latency === null ? null : reading("a", latency)),
    [],
  );

describe("withSample", () => {
  it("keeps the newest, each with an id of its own", () => {
    const samples = samplesOf(...Array.from({ length: KEPT_SAMPLES + 5 }, (_, index) => index));
    expect(samples).toHaveLength(KEPT_SAMPLES);
    expect(samples.at(-1)).toMatchObject({ id: KEPT_SAMPLES + 5, reading: { latencyMs: KEPT_SAMPLES + 4 } });
    expect(new Set(samples.map(({ id }) => id)).size).toBe(KEPT_SAMPLES);
  });
});

describe("percentile", () => {
  it("takes the nearest rank and passes over failures", () => {
    const samples = samplesOf(40, null, 10, 30, 20);
    expect(percentile(samples, 0.5)).toBe(20);
    expect(percentile(samples, 0.95)).toBe(40);
  });

  it("has none without an answer", () => {
    expect(percentile(samplesOf(null), 0.5)).toBeNull();
  });
});

describe("tasksOf", () => {
  it("counts each task's answers, the last one first", () => {
    const samples = [reading("a", 10), reading("b", 20), null, reading("a", 30)].reduce<readonly Sample[]>(
      withSample,
      [],
    );
    expect(tasksOf(samples)).toMatchObject([
      { task: "a", answers: 2, lastLatencyMs: 30, capacity: "Spot" },
      { task: "b", answers: 1, lastLatencyMs: 20 },
    ]);
  });
});

describe("stateOf", () => {
  const check = (status: HealthCheck["status"]) => ({ status });

  it("says the worst, and first of all that the task drains", () => {
    const checks = { database: check("unhealthy"), redis: check("degraded") };
    expect(stateOf({ status: "ok", draining: true, checks })).toBe("draining");
    expect(stateOf({ status: "ok", draining: false, checks })).toBe("unhealthy");
    expect(stateOf({ status: "ok", checks: { redis: check("degraded"), database: check("healthy") } })).toBe(
      "degraded",
    );
    expect(stateOf({ status: "ok", checks: { database: check("healthy") } })).toBe("ok");
    expect(stateOf({ status: "ok" })).toBe("ok");
  });
});

describe("texts", () => {
  it("names the capacity", () => {
    expect(capacityText({ status: "ok", capacityProvider: "FARGATE" })).toBe("On demand");
    expect(capacityText({ status: "ok", capacityProvider: "my-own" })).toBe("my-own");
    expect(capacityText({ status: "ok" })).toBe("Unknown");
    expect(capacityText({ status: "ok", capacityProvider: "unknown" })).toBe("Unknown");
  });

  it("takes no launch type for a capacity provider", () => {
    const health = { status: "ok", launchType: "FARGATE", capacityProvider: "unknown" };
    expect(capacityText(health)).toBe("Unknown (Fargate)");
  });

  it("shortens a digest", () => {
    const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
    expect(releaseText({ status: "ok", release: digest })).toBe("0123456789ab");
    expect(releaseText({ status: "ok", release: `1234.example.com/api@${digest}` })).toBe("0123456789ab");
    expect(releaseText({ status: "ok", release: "1.4.0" })).toBe("1.4.0");
    expect(releaseText({ status: "ok" })).toBe("Unknown");
  });

  it("names CloudFront's location", () => {
    expect(edgeOf(new Headers({ "X-Amz-Cf-Pop": "FRA56-P4", "X-Cache": "Hit from cloudfront" }))).toBe(
      "FRA56-P4, Hit from cloudfront",
    );
    expect(edgeOf(new Headers())).toBeNull();
  });
});
