/** Microsoft.VirtualMachineImages by its SDK, operation by operation: the whole client would cost start-up time. */
import type { ImageTemplate as SdkTemplate } from "@azure/arm-imagebuilder";
import type { ImageBuilderContext } from "@azure/arm-imagebuilder/api";
import type * as Operations from "@azure/arm-imagebuilder/api/virtualMachineImageTemplates";
import { describeErrorTree, ServiceError } from "../../errors.ts";
import { failureCodes } from "../../failure-codes.ts";
import type {
  CreateOptions,
  ImageTemplates,
  OperationStatus,
  RunHandle,
  RunOutput,
  TemplateRef,
  TemplateStatus,
} from "../../ports.ts";
import type { ImageTemplate } from "../../image-template.ts";
import { armOptions } from "./arm-options.ts";
import { observeAnswers } from "./policies.ts";
import { mustSendAsPlanned } from "./serialised.ts";
import { toServiceError, understood } from "./service-error.ts";
import type { PlacedPolicy, Session } from "./session.ts";
import { readOperationStatus, readTemplateStatus } from "./template-status.ts";

/** The lowest version of the interface that has everything the task reads. */
const readVersion = "2024-02-01";
/** Milliseconds between two reads of a create operation: it takes 8 to 80 s, seldom longer. */
const createInterval = 5_000;
/** Milliseconds after which a create operation is given up: the longest seen took half an hour. */
const createLimit = 60 * 60_000;

/** The port over the session that `open` gives. */
export function createImageTemplates(open: () => Promise<Session>): ImageTemplates {
  const connect = async (ref: TemplateRef, options: ClientOptions = {}): Promise<Client> =>
    createClient(await open(), ref, options);
  return {
    get: async (ref) => readTemplate(await connect(ref, { repeatReads: false })),
    create: (ref, template, options) => createTemplate(connect, { ref, template, options }),
    startRun: (ref) => startRun(connect, ref),
    cancelRun: async (ref) => {
      const { context, api, name } = await connect(ref);
      await understood(`POST imageTemplates/${name}/cancel`, api.cancel(context, ref.resourceGroup, name).submitted());
    },
    delete: async (ref) => {
      const { context, api, name } = await connect(ref);
      const deleting = api.$delete(context, ref.resourceGroup, name).submitted();
      await understood(`DELETE imageTemplates/${name}`, deleting).catch(ignoreAbsent);
    },
    runOutputs: async (ref) => readRunOutputs(await connect(ref, { isList: true })),
  };
}

interface Client {
  readonly context: ImageBuilderContext;
  readonly api: typeof Operations;
  readonly resourceGroup: string;
  readonly name: string;
}

interface ClientOptions {
  readonly apiVersion?: string;
  readonly repeatReads?: boolean;
  readonly isList?: boolean;
  readonly policies?: readonly PlacedPolicy[];
}

type Connect = (ref: TemplateRef, options?: ClientOptions) => Promise<Client>;

async function createClient(session: Session, ref: TemplateRef, options: ClientOptions): Promise<Client> {
  const [{ createImageBuilder }, api] = await Promise.all([
    import("@azure/arm-imagebuilder/api"),
    import("@azure/arm-imagebuilder/api/virtualMachineImageTemplates"),
  ]);
  const apiVersion = options.apiVersion ?? readVersion;
  const context = createImageBuilder(session.credential, ref.subscriptionId, {
    ...armOptions(session, options),
    apiVersion,
  });
  return { context, api, resourceGroup: ref.resourceGroup, name: ref.name };
}

async function readTemplate({ context, api, resourceGroup, name }: Client): Promise<TemplateStatus | undefined> {
  let body: unknown;
  const onResponse = (response: { readonly parsedBody?: unknown }): void => void (body = response.parsedBody);
  try {
    await understood(`GET imageTemplates/${name}`, api.get(context, resourceGroup, name, { onResponse }));
  } catch (error) {
    if (error instanceof ServiceError && error.status === 404) return undefined;
    // With the answer in hand it does not matter whether the SDK understands all of it.
    if (body === undefined) throw error;
  }
  const status = readTemplateStatus(body);
  if (status !== undefined) return status;
  throw new ServiceError(failureCodes.noAnswer, `GET imageTemplates/${name}: the answer is not an image template.`);
}

async function createTemplate(
  connect: Connect,
  { ref, template, options }: { ref: TemplateRef; template: ImageTemplate; options: CreateOptions },
): Promise<void> {
  const last: { operation?: OperationStatus } = {};
  const client = await connect(ref, {
    apiVersion: options.apiVersion,
    policies: [{ policy: mustSendAsPlanned(template), position: "perCall" }, keepOperation(last)],
  });
  const abortSignal = AbortSignal.any([options.signal, AbortSignal.timeout(createLimit)]);
  const poller = client.api.createOrUpdate(client.context, client.resourceGroup, client.name, toSdkTemplate(template), {
    abortSignal,
    updateIntervalInMs: createInterval,
  });
  try {
    await understood(`PUT imageTemplates/${ref.name}`, poller.pollUntilDone({ abortSignal }));
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason;
    if (last.operation?.status === "Failed" || last.operation?.status === "Canceled")
      throw createFailed(ref, last.operation);
    throw toServiceError(error, `PUT imageTemplates/${ref.name}`);
  }
}

function createFailed(ref: TemplateRef, { status, error }: OperationStatus): ServiceError {
  const text = error === undefined ? "The service gives no reason." : describeErrorTree(error);
  return new ServiceError(
    failureCodes.templateFailed,
    `The service could not create image template ${ref.name} (operation ${status}). ${text}`,
    { serviceCode: error?.code },
  );
}

async function startRun(connect: Connect, ref: TemplateRef): Promise<RunHandle> {
  const last: { operation?: OperationStatus } = {};
  const { context, api, resourceGroup, name } = await connect(ref, {
    repeatReads: false,
    policies: [keepOperation(last)],
  });
  const poller = api.run(context, resourceGroup, name);
  await understood(`POST imageTemplates/${name}/run`, poller.submitted());
  return {
    poll: async () => {
      if (isFinal(last.operation)) return last.operation;
      try {
        await understood(`operation of imageTemplates/${name}/run`, poller.poll());
      } catch (error) {
        // The poller throws where the operation has failed; the document says more.
        if (!isFinal(last.operation)) throw error;
      }
      return last.operation ?? { status: "InProgress" };
    },
  };
}

function isFinal(operation: OperationStatus | undefined): operation is OperationStatus {
  return operation !== undefined && operation.status !== "InProgress";
}

function keepOperation(last: { operation?: OperationStatus }): PlacedPolicy {
  const policy = observeAnswers((body) => {
    last.operation = readOperationStatus(body) ?? last.operation;
  });
  return { policy, position: "perRetry" };
}

async function readRunOutputs({ context, api, resourceGroup, name }: Client): Promise<readonly RunOutput[]> {
  const outputs: RunOutput[] = [];
  const read = async (): Promise<void> => {
    for await (const output of api.listRunOutputs(context, resourceGroup, name)) {
      outputs.push({ name: output.name ?? "", artifactId: output.artifactId, artifactUri: output.artifactUri });
    }
  };
  await understood(`GET imageTemplates/${name}/runOutputs`, read());
  return outputs;
}

function ignoreAbsent(error: unknown): void {
  if (!(error instanceof ServiceError) || error.status !== 404) throw error;
}

/** The SDK's flat form of a template; that it is sent as planned is checked on the way out. */
function toSdkTemplate({ properties, ...rest }: ImageTemplate): SdkTemplate {
  return structuredClone({ ...rest, ...properties }) as unknown as SdkTemplate;
}
