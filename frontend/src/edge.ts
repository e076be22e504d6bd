import { useEffect, useState } from "react";

/**
 * The CloudFront location that serves this browser and what its cache did.
 *
 * @returns Such as `FRA56-P4, Hit from cloudfront`; null where CloudFront is not in between.
 */
export function edgeOf(headers: Headers): string | null {
  const location = headers.get("X-Amz-Cf-Pop");
  if (location === null) return null;
  const cache = headers.get("X-Cache");
  return cache === null ? location : `${location}, ${cache}`;
}

export function useEdge(): string | null {
  const [edge, setEdge] = useState<string | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    fetch("/favicon.svg", { method: "HEAD", signal: controller.signal })
      .then((answer) => setEdge(edgeOf(answer.headers)))
      // Without an answer there is nothing to show, and nothing else depends on it.
      .catch(() => undefined);
    return () => controller.abort();
  }, []);
  return edge;
}
