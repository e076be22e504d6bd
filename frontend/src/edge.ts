import { useEffect, useState } from "react";

/**
 * Return the CloudFront location that served this browser, and the result of its cache.
 *
 * @returns A text such as `FRA56-P4, Hit from cloudfront`; null if the response did not come through CloudFront.
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
      // Without a response the page does not show the location; nothing else depends on it.
      .catch(() => undefined);
    return () => controller.abort();
  }, []);
  return edge;
}
