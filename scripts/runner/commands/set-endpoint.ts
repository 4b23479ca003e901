/** `task.setendpoint`: changes a service connection for later steps of the job (agent contract, section 3.3). */
import type { Endpoint } from "../agent/endpoints.ts";
import type { LoggingCommand } from "./grammar.ts";
import { requireProperty, type CommandContext } from "./types.ts";

/** Throws an Error for an unknown connection or field, a missing key, or a URL that is none. */
export function applySetEndpoint({ job }: CommandContext, command: LoggingCommand): void {
  const field = requireProperty(command, "field").toLowerCase();
  const id = requireProperty(command, "id").toLowerCase();
  const endpoint = job.endpoints.get(id);
  if (endpoint === undefined) throw new Error(`no service connection with id "${id}" is known to this job`);
  job.endpoints.set(id, changed(endpoint, field, command));
  if (field === "authparameter") job.masker.add(command.data);
}

function changed(endpoint: Endpoint, field: string, command: LoggingCommand): Endpoint {
  const { data: value } = command;
  switch (field) {
    case "url":
      if (!URL.canParse(value)) throw new Error(`"${value}" is no absolute URL`);
      return { ...endpoint, url: value };
    case "authparameter":
      return { ...endpoint, parameters: { ...endpoint.parameters, [requireProperty(command, "key")]: value } };
    case "dataparameter":
      return { ...endpoint, data: { ...endpoint.data, [requireProperty(command, "key")]: value } };
    default:
      throw new Error(`"${field}" is no field: url, authParameter or dataParameter`);
  }
}
