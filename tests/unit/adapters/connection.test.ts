import assert from "node:assert/strict";
import { readEndpoints } from "../../../tasks/AzureImageBuilderV1/src/adapters/azure/endpoints.ts";
import {
  createSchemeCredential,
  knownAuthorities,
  schemeOf,
} from "../../../tasks/AzureImageBuilderV1/src/adapters/azure/schemes.ts";
import { TaskError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { connectionOf } from "./connection.ts";

describe("Endpoints of a service connection", () => {
  const cases: readonly (readonly [title: string, given: Parameters<typeof connectionOf>[0], expected: object])[] = [
    [
      "public cloud, as the connection tells nothing more",
      {},
      {
        armUrl: "https://management.azure.com",
        armScope: "https://management.azure.com/.default",
        authority: "https://login.microsoftonline.com",
        knownAuthority: true,
      },
    ],
    [
      "China, by its name",
      { url: "https://management.chinacloudapi.cn/", data: { environment: "AzureChinaCloud" } },
      {
        armUrl: "https://management.chinacloudapi.cn",
        armScope: "https://management.chinacloudapi.cn/.default",
        authority: "https://login.chinacloudapi.cn",
        knownAuthority: true,
      },
    ],
    [
      "US Government, by its authority",
      {
        url: "https://management.usgovcloudapi.net/",
        data: { environment: "AzureUSGovernment", activedirectoryauthority: "https://login.microsoftonline.us/" },
      },
      {
        armUrl: "https://management.usgovcloudapi.net",
        armScope: "https://management.usgovcloudapi.net/.default",
        authority: "https://login.microsoftonline.us",
        knownAuthority: true,
      },
    ],
    [
      "a cloud nobody knows",
      { url: "https://arm.local:8443/", data: { environmentauthorityurl: "https://login.local/" } },
      {
        armUrl: "https://arm.local:8443",
        armScope: "https://arm.local:8443/.default",
        authority: "https://login.local",
        knownAuthority: false,
      },
    ],
    [
      "Azure Stack, with an audience of its own",
      {
        url: "https://management.stack.local/",
        data: {
          environment: "AzureStack",
          activedirectoryauthority: "https://login.stack.local/",
          activedirectoryserviceendpointresourceid: "https://management.adfs.local/guid",
        },
      },
      {
        armUrl: "https://management.stack.local",
        armScope: "https://management.adfs.local/guid/.default",
        authority: "https://login.stack.local",
        knownAuthority: false,
      },
    ],
  ];
  for (const [title, given, expected] of cases) {
    it(`are read from its own data: ${title}`, () => {
      assert.deepEqual(readEndpoints(connectionOf(given), knownAuthorities), expected);
    });
  }

  it("are refused where neither an authority nor a known cloud is named", () => {
    const connection = connectionOf({ data: { environment: "AzureStack" } });
    assert.throws(
      () => readEndpoints(connection, knownAuthorities),
      (error) => error instanceof TaskError && error.code === "AIB301" && error.message.includes("AzureStack"),
    );
  });
});

describe("The scheme of a service connection", () => {
  const context = (given: Parameters<typeof connectionOf>[0]) => ({
    connection: connectionOf(given),
    options: {},
    assertion: () => Promise.resolve("assertion"),
    mask: () => undefined,
  });

  const cases: readonly (readonly [scheme: string, type: string | undefined, known: string])[] = [
    ["ServicePrincipal", undefined, "ServicePrincipalKey"],
    ["serviceprincipal", "spnKey", "ServicePrincipalKey"],
    ["", undefined, "ServicePrincipalKey"],
    ["ServicePrincipal", "spnCertificate", "ServicePrincipalCertificate"],
    ["workloadidentityfederation", undefined, "WorkloadIdentityFederation"],
    ["ManagedServiceIdentity", undefined, "ManagedServiceIdentity"],
    ["PublishProfile", undefined, "PublishProfile"],
  ];
  for (const [scheme, type, known] of cases) {
    it(`is recognised without regard to case: ${scheme || "none"}${type === undefined ? "" : ` with ${type}`}`, () => {
      assert.equal(
        schemeOf(connectionOf({ scheme, parameters: type === undefined ? {} : { authenticationtype: type } })),
        known,
      );
    });
  }

  for (const [given, name] of [
    [
      { scheme: "ServicePrincipal", parameters: { authenticationtype: "spnCertificate" } },
      "service principal with certificate",
    ],
    [{ scheme: "ManagedServiceIdentity" }, "managed identity"],
    [{ scheme: "PublishProfile" }, "publish profile"],
    [{ scheme: "Telepathy" }, "Telepathy"],
  ] as const) {
    it(`is named where it is not supported: ${name}`, () => {
      assert.throws(
        () => createSchemeCredential(context(given)),
        (error) =>
          error instanceof TaskError &&
          error.code === "AIB302" &&
          error.message.includes(name) &&
          error.next !== undefined,
      );
    });
  }

  it("says which field the connection lacks", () => {
    const parameters = { tenantid: "t", serviceprincipalid: "c" };
    assert.throws(() => createSchemeCredential(context({ parameters })), /has no "serviceprincipalkey"/);
  });

  it("masks the key before it is used", () => {
    const masked: string[] = [];
    createSchemeCredential({
      ...context({
        parameters: {
          tenantid: "72f988bf-0000-4000-8000-1d0c5a7b7e01",
          serviceprincipalid: "c",
          serviceprincipalkey: "key-1",
        },
      }),
      mask: (secret) => void masked.push(secret.reveal()),
    });
    assert.deepEqual(masked, ["key-1"]);
  });
});
