/** Answers of Azure DevOps: its error form, its refusals, its versions of interfaces. */
import { type Answer, type Exchange, jsonAnswer } from "../../core/exchange.ts";
import type { Mark } from "../../core/types.ts";

/** Name of the door in logs and faults. */
export const service = "devops";

/** JSON with what it rests on. */
export function json(value: unknown, mark: Mark, fact: string): Answer {
  return jsonAnswer(200, value, { service, mark, fact });
}

/** A list as the REST API wraps it. */
export function list(value: readonly unknown[], mark: Mark, fact: string): Answer {
  return json({ count: value.length, value }, mark, fact);
}

/** A refusal in the form of the REST API. */
export function failure(status: number, message: string, mark: Mark): Answer {
  const value = { $id: "1", innerException: null, message, typeName: "", typeKey: "", errorCode: 0, eventId: 3000 };
  return jsonAnswer(status, value, { service, mark, fact: "Azure DevOps, refused request" });
}

/** No token of the job, or another. */
export function unauthorized(): Answer {
  return {
    status: 401,
    headers: { "Content-Type": "text/plain; charset=utf-8", "WWW-Authenticate": "Bearer" },
    body: Buffer.from("TF400813: The user '' is not authorized to access this resource."),
    service,
    mark: "documented",
    fact: "Azure DevOps, no or wrong token",
  };
}

/** An unknown project and one that is hidden from the token get the same answer. */
export function noProject(project: string): Answer {
  return failure(
    404,
    `VS800075: The project with id '${project}' does not exist, or you do not have permission to access it.`,
    "documented",
  );
}

/** What Azure DevOps has and the emulator has not. */
export function notBuilt(what: string): Answer {
  return jsonAnswer(
    501,
    { message: `The emulator does not serve ${what}. Azure DevOps does.` },
    { service, mark: "inferred", fact: "not built" },
  );
}

/** The version asked for, in the query or in the Accept header. */
export function versionAsked({ url, request }: Exchange): string | undefined {
  const accept = [request.headers.accept ?? ""].flat().join(",");
  return url.searchParams.get("api-version") ?? /api-version=([^;,\s]+)/.exec(accept)?.[1];
}

/** Latest released interface, and the one in preview. */
const released = 7.1;
const preview = 7.2;

/** The refusal of a version, or undefined for one that is served; reads may leave it out. */
export function versionFault(
  exchange: Exchange,
  { resourceVersion, isPreview: never = false }: { readonly resourceVersion: number; readonly isPreview?: boolean },
): Answer | undefined {
  const asked = versionAsked(exchange);
  if (asked === undefined) return undefined;
  const [, number = "", isPreview, resource] = /^(\d+\.\d+)(-preview(?:\.(\d+))?)?$/.exec(asked) ?? [];
  if (number === "" || Number(number) > preview) {
    return failure(
      400,
      `The requested REST API version of ${asked} is out of range for this server. The latest REST API version this server supports is ${preview}.`,
      "documented",
    );
  }
  if ((Number(number) > released || never) && isPreview === undefined) {
    return failure(
      400,
      `The requested version "${asked}" of the resource is under preview. The -preview flag must be supplied in the api-version for such requests. For example: "${asked}-preview"`,
      "documented",
    );
  }
  if (resource !== undefined && Number(resource) > resourceVersion) {
    return failure(400, `The resource is not available in version ${asked}.`, "inferred");
  }
  return undefined;
}
