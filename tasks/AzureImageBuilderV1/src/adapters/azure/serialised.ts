/**
 * The SDK drops properties it does not know before it sends a template. What goes out must be the template as planned,
 * or nothing goes out.
 */
import type { PipelinePolicy } from "@azure/core-rest-pipeline";
import { TaskError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import type { ImageTemplate } from "../../image-template.ts";

/** Call: throws a TaskError naming every difference between the body of a PUT and `template`. */
export function mustSendAsPlanned(template: ImageTemplate): PipelinePolicy {
  return {
    name: "mustSendAsPlanned",
    sendRequest: (request, next) => {
      if (request.method !== "PUT") return next(request);
      const sent: unknown = typeof request.body === "string" ? JSON.parse(request.body) : request.body;
      const differences = findDifferences(plain(template), sent, "");
      if (differences.length === 0) return next(request);
      throw new TaskError(
        failureCodes.templateAltered,
        `The template would not be sent as planned; it was not sent. Different: ${differences.join(", ")}.`,
        { next: "This is a defect of the task: please report it with this message." },
      );
    },
  };
}

/** Paths at which two JSON values differ, e.g. `properties.source.sku`; empty when they are equal. */
export function findDifferences(planned: unknown, sent: unknown, path: string): readonly string[] {
  if (!isContainer(planned) || !isContainer(sent) || Array.isArray(planned) !== Array.isArray(sent)) {
    return Object.is(planned, sent) ? [] : [path === "" ? "the whole body" : path];
  }
  const names = new Set([...Object.keys(planned), ...Object.keys(sent)]);
  return [...names].flatMap((name) =>
    findDifferences(planned[name], sent[name], path === "" ? name : `${path}.${name}`),
  );
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** As JSON carries it: absent and undefined are the same. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
