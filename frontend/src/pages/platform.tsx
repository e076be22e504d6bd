import { useEffect, useState } from "react";
import { ApiError } from "../api/problem";
import type { HealthCheck } from "../api/types";
import { LatencyChart } from "../components/latency-chart";
import { PageHeading } from "../components/page-heading";
import { Status } from "../components/status";
import { useApi } from "../context";
import { useEdge } from "../edge";
import { words } from "../format";
import {
  capacityText,
  percentile,
  releaseText,
  type Sample,
  stateOf,
  type TaskSummary,
  tasksOf,
  withSample,
} from "../readings";

const INTERVAL_MS = 3000;

/** Read the health every few seconds while the page is visible. */
function useSamples(isRunning: boolean): readonly Sample[] {
  const api = useApi();
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  useEffect(() => {
    if (!isRunning) return;
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async () => {
      if (document.visibilityState === "visible") {
        const reading = await api.health(controller.signal).catch((error: unknown) => {
          if (error instanceof ApiError || controller.signal.aborted) return null;
          throw error;
        });
        if (controller.signal.aborted) return;
        setSamples((known) => withSample(known, reading));
      }
      timer = setTimeout(read, INTERVAL_MS);
    };
    void read();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [api, isRunning]);
  return samples;
}

function milliseconds(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : `${Math.round(value)} ms`;
}

function checkText({ status, milliseconds: time }: HealthCheck): string {
  return typeof time === "number" ? `${words(status)}, ${milliseconds(time)}` : words(status);
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div className="figure">
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Tasks({ tasks }: { tasks: readonly TaskSummary[] }) {
  return (
    <section aria-labelledby="tasks-title">
      <h2 id="tasks-title">Tasks that answered</h2>
      <div className="table-frame">
        <table>
          <thead>
            <tr>
              <th scope="col">Task</th>
              <th scope="col">Zone</th>
              <th scope="col">Capacity</th>
              <th scope="col">Release</th>
              <th scope="col">Answers</th>
              <th scope="col">Last</th>
            </tr>
          </thead>
          <tbody>
            {tasks.map((task) => (
              <tr key={task.task}>
                <th scope="row" className="code" data-label="Task">
                  {task.task}
                </th>
                <td data-label="Zone">{task.zone}</td>
                <td data-label="Capacity">{task.capacity}</td>
                <td data-label="Release" className="code">
                  {task.release}
                </td>
                <td data-label="Answers">{task.answers}</td>
                <td data-label="Last">{milliseconds(task.lastLatencyMs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Platform() {
  const { config } = useApi();
  const [isRunning, setRunning] = useState(true);
  const samples = useSamples(isRunning);
  const edge = useEdge();
  const last = samples.at(-1);
  const health = last?.reading?.health;
  const status = last === undefined ? "asking" : health ? stateOf(health) : "no answer";
  return (
    <>
      <PageHeading title="Platform">
        <Status value={status} />
        <button type="button" className="button small" onClick={() => setRunning(!isRunning)}>
          {isRunning ? "Pause" : "Go on"}
        </button>
      </PageHeading>
      <p className="lead">
        Every three seconds this page asks the service how it is. Each answer names the task that gave it.
      </p>
      <dl className="figures">
        <Figure label="Task" value={health?.task ?? "–"} />
        <Figure label="Zone" value={health?.zone ?? "–"} />
        <Figure label="Capacity" value={health ? capacityText(health) : "–"} />
        <Figure label="Release" value={health ? releaseText(health) : "–"} />
        {Object.entries(health?.checks ?? {}).map(([name, check]) => (
          <Figure key={name} label={words(name)} value={checkText(check)} />
        ))}
        <Figure label="Stack" value={config.stack} />
        {edge ? <Figure label="Edge" value={edge} /> : null}
      </dl>
      <section className="panel" aria-labelledby="latency-title">
        <h2 id="latency-title">Latency from this browser</h2>
        <LatencyChart samples={samples} />
        <dl className="figures plain">
          <Figure label="Last" value={milliseconds(last?.reading?.latencyMs)} />
          <Figure label="Median" value={milliseconds(percentile(samples, 0.5))} />
          <Figure label="95th percentile" value={milliseconds(percentile(samples, 0.95))} />
          <Figure
            label="No answer"
            value={String(samples.filter(({ reading }) => reading === null).length)}
          />
        </dl>
      </section>
      <Tasks tasks={tasksOf(samples)} />
    </>
  );
}

export const page = { Component: Platform };
