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

  const refused: readonly (readonly [title: string, given: Parameters<typeof connectionOf>[0], why: RegExp])[] = [
    ["neither an authority nor a known cloud is named", { data: { environment: "AzureStack" } }, /"AzureStack" and does not name its sign-in authority \(activeDirectoryAuthority\)/],
    ["the cloud is closed", { data: { environment: "AzureGermanCloud" } }, /"AzureGermanCloud", a cloud that was closed in 2021/],
    ["the authority is not reached over TLS", { data: { activedirectoryauthority: "http://login.local/" } }, /sign-in authority is no https address: "http:\/\/login\.local\/"/],
    ["Resource Manager has no address", { url: "" }, /address of Resource Manager \(server URL\) is no https address: ""/],
  ]; // prettier-ignore
  for (const [title, given, why] of refused) {
    it(`are refused where ${title}`, () => {
      assert.throws(
        () => readEndpoints(connectionOf(given), knownAuthorities),
        (error) =>
          error instanceof TaskError && error.code === "AIB301" && why.test(error.message) && error.next !== undefined,
      );
    });
  }
});

describe("The scheme of a service connection", () => {
  const context = (given: Parameters<typeof connectionOf>[0]) => ({
    connection: connectionOf(given),
    options: {},
    assertion: () => Promise.resolve("assertion"),
    mask: () => undefined,
    remember: () => undefined,
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

  for (const [scheme, name] of [
    ["PublishProfile", "a publish profile (PublishProfile), which reaches one App Service only"],
    ["Telepathy", '"Telepathy", which this task does not know'],
  ] as const) {
    it(`is named where it is not supported, with what to use in its place: ${scheme}`, () => {
      assert.throws(
        () => createSchemeCredential(context({ scheme })),
        (error) => {
          assert.ok(error instanceof TaskError);
          assert.deepEqual([error.code, error.message], ["AIB302", `The service connection signs in by ${name}.`]);
          assert.match(
            error.next ?? "",
            /federation, a service principal \(certificate or key\), or a managed identity/,
          );
          return true;
        },
      );
    });
  }

  for (const [given, why] of [
    [{ parameters: { tenantid: "t", serviceprincipalid: "c" } }, /has no "serviceprincipalkey"/],
    [
      { parameters: { tenantid: "t", serviceprincipalid: "c", authenticationtype: "spnCertificate" } },
      /has no "servicePrincipalCertificate"/,
    ],
    [{ parameters: { serviceprincipalkey: "k" } }, /has no "tenantid"/],
    [{ parameters: { serviceprincipalkey: "k", tenantid: "t" } }, /has no "serviceprincipalid"/],
    [{ parameters: { serviceprincipalkey: "k", tenantid: "our tenant" } }, /no usable tenant ID, but "our tenant"/],
  ] as const) {
    it(`says what the connection lacks: ${why.source}`, () => {
      assert.throws(() => createSchemeCredential(context(given)), why);
    });
  }

  it("masks a certificate before it is read", () => {
    const masked: string[] = [];
    const parameters = {
      tenantid: "t",
      serviceprincipalid: "c",
      authenticationtype: "spnCertificate",
      serviceprincipalcertificate: "no certificate",
    };
    const mask = (secret: { reveal(): string }): unknown => masked.push(secret.reveal());
    assert.throws(
      () => createSchemeCredential({ ...context({ parameters }), mask: (one) => void mask(one) }),
      /AIB306|PEM/,
    );
    assert.deepEqual(masked, ["no certificate"]);
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
