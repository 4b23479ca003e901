/** Requests that create or run something must not be sent twice without a look at what the first one did. */
import type { LoggedRequest } from "../../tests/emulator/index.ts";
import { isTheTasks } from "./sites.ts";

interface Creating {
  readonly what: string;
  readonly method: string;
  readonly path: RegExp;
  readonly comp?: string | null;
  /** The path of the read that shows the state, from that of the request. */
  readonly state: (path: string) => string;
}

const creating: readonly Creating[] = [
  { what: "PUT template", method: "PUT", path: /\/imageTemplates\/[^/]+$/i, state: (path) => path },
  { what: "POST run", method: "POST", path: /\/imageTemplates\/[^/]+\/run$/i, state: (path) => path.slice(0, -4) },
  { what: "commit of a blob", method: "PUT", path: /^\/[^/]+\/[^/]+\/.+/, comp: "blocklist", state: (path) => path },
  { what: "copy of a blob", method: "PUT", path: /^\/[^/]+\/[^/]+\/.+/, comp: null, state: (path) => path },
  { what: "PUT container", method: "PUT", path: /^\/[^/]+\/[^/]+$/, comp: null, state: (path) => path },
];

/** Each request that was sent again without a read of the state that was answered in between. */
export function findRepeated(requests: readonly LoggedRequest[]): readonly string[] {
  const open = new Map<string, string>();
  const found: string[] = [];
  for (const request of requests.filter(isTheTasks)) {
    const { method, service, status = 0 } = request;
    const url = new URL(request.url);
    const path = url.pathname.replace(/\/$/, "");
    if ((method === "GET" || method === "HEAD") && (status < 400 || status === 404)) {
      for (const [key, state] of open) if (state === path.toLowerCase()) open.delete(key);
      continue;
    }
    const kind = creating.find(
      (one) =>
        one.method === method &&
        one.path.test(path) &&
        (one.comp === undefined ? service !== "blob" : service === "blob" && url.searchParams.get("comp") === one.comp),
    );
    if (kind === undefined) continue;
    const key = `${kind.what} ${path}`;
    if (open.has(key)) found.push(`${kind.what} was sent twice without a read of the state in between`);
    open.set(key, kind.state(path).toLowerCase());
  }
  return found;
}
