/** The emulator's administration: plain HTTP on loopback, for tests and people, no part of Azure. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody } from "./exchange.ts";
import type { Fault, FaultList } from "./faults.ts";
import type { LoggedRequest } from "./request-log.ts";
import type { ClockChange } from "./clock.ts";
import type { Cloud } from "./world.ts";

export interface AdminParts {
  readonly cloud: Cloud;
  readonly faults: FaultList;
  readonly requests: () => readonly LoggedRequest[];
  readonly reset: () => Promise<void>;
  readonly adjustClock: (change: ClockChange) => Promise<void>;
}

interface AdminAnswer {
  readonly status: number;
  readonly value: unknown;
}

type Action = (
  parts: AdminParts,
  call: { readonly body: unknown; readonly id: string },
) => AdminAnswer | Promise<AdminAnswer>;

const actions: Readonly<Record<string, Action>> = {
  "POST /faults": ({ faults }, { body }) => {
    const list = (Array.isArray(body) ? body : [body]) as readonly Fault[];
    for (const fault of list) faults.add(fault);
    return { status: 200, value: { faults: faults.list() } };
  },
  "GET /requests": ({ requests }) => ({ status: 200, value: requests() }),
  "GET /state": (parts) => ({ status: 200, value: stateOf(parts) }),
  "POST /reset": async ({ reset }) => {
    await reset();
    return { status: 200, value: {} };
  },
  "POST /clock": async ({ cloud, adjustClock }, { body }) => {
    await adjustClock(body ?? {});
    return { status: 200, value: clockOf(cloud) };
  },
  "GET /clock": ({ cloud }) => ({ status: 200, value: clockOf(cloud) }),
  "GET /images": async ({ cloud }, { id }) => {
    const files = await cloud.world.images.files(id);
    if (files !== undefined) return { status: 200, value: files };
    const known = cloud.world.images.ids();
    return { status: 404, value: { error: `No build made the image '${id}'.`, images: known } };
  },
};

/** Makes the handler of the administration's server. */
export function createAdmin(parts: AdminParts): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    answer(parts, request)
      .catch((error: unknown) => ({
        status: 400,
        value: { error: error instanceof Error ? error.message : String(error) },
      }))
      .then(({ status, value }) => {
        response.writeHead(status, { "Content-Type": "application/json; charset=utf-8" });
        response.end(`${JSON.stringify(value, undefined, 2)}\n`);
      })
      .catch(() => response.destroy());
  };
}

async function answer(parts: AdminParts, request: IncomingMessage): Promise<AdminAnswer> {
  const url = new URL(request.url ?? "/", "http://localhost");
  const image = /^\/images\/(.+)\/files$/.exec(url.pathname)?.[1];
  const name = `${request.method ?? "GET"} ${image === undefined ? url.pathname : "/images"}`;
  const action = actions[name];
  if (action === undefined || (image === undefined && name === "GET /images")) {
    return {
      status: 404,
      value: { error: `The administration has no ${request.method ?? "GET"} ${url.pathname}. See docs/emulator.md.` },
    };
  }
  const text = (await readBody(request)).toString("utf8");
  const id = decodeURIComponent(image ?? "");
  return action(parts, { body: text === "" ? undefined : JSON.parse(text), id: id.startsWith("/") ? id : `/${id}` });
}

function clockOf(cloud: Cloud): object {
  return { now: cloud.clock.now().toISOString(), scale: cloud.clock.scale, environment: cloud.clock.environment() };
}

function stateOf({ cloud, faults }: AdminParts): object {
  const { world } = cloud;
  return {
    clock: clockOf(cloud),
    subscriptions: cloud.file.subscriptions.map(({ id }) => ({
      id,
      registered: [...(cloud.registered.get(id) ?? [])],
    })),
    resources: world.resources
      .list("")
      .map(({ id, name, type, location, tags, body }) => ({ id, name, type, location, tags, ...body })),
    roleAssignments: world.roleAssignments,
    images: world.images.ids(),
    faults: faults.list(),
  };
}
