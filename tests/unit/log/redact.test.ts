import assert from "node:assert/strict";
import { createRedactor } from "../../../tasks/AzureImageBuilderV1/src/log/redact.ts";

const key = `${"a1+/".repeat(21)}Ab==`;
const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dGVzdA";

const hidden: readonly (readonly [given: string, redacted: string])[] = [
  ["https://x.blob.core.windows.net/c/b?sv=1&sig=abc%2F&se=2", "https://x.blob.core.windows.net/c/b?sv=1&sig=***&se=2"],
  [`AccountName=a;AccountKey=${key};EndpointSuffix=x`, "AccountName=a;AccountKey=***;EndpointSuffix=x"],
  ["SharedAccessKey=abc+/=;EntityPath=x", "SharedAccessKey=***;EntityPath=x"],
  [`key is ${key}.`, "key is ***."],
  ["Authorization: Bearer abc.def-123456", "Authorization: Bearer ***"],
  ["curl -H 'Authorization: Basic dTpw' x", "curl -H 'Authorization: Basic ***' x"],
  [`got ${jwt} back`, "got *** back"],
  [`pat ${"a".repeat(76)}AZDOabcd used`, "pat *** used"],
  [`pat ${"ab2".repeat(17)}c used`, "pat *** used"],
  [`abc8Q~${"d".repeat(34)}`, "***"],
  [`ghp_${"a1".repeat(18)} gho_${"a1".repeat(18)}`, "*** ***"],
  [`github_pat_${"a_1".repeat(27)}`, "***"],
  [`npm_${"a1".repeat(18)}`, "***"],
  ["AKIAIOSFODNN7EXAMPLE", "***"],
  ["git clone https://user:pa%20ss@host/x", "git clone https://user:***@host/x"],
  ["password=hunter2 user=x", "password=*** user=x"],
  ["Passwd: hunter2", "Passwd: ***"],
  ['New-X -Password "my secret" -Name y', 'New-X -Password "***" -Name y'],
  ["mysql --password hunter2 -u root", "mysql --password *** -u root"],
  ["msbuild /p:AdminPassword=abc /t:x", "msbuild /p:AdminPassword=*** /t:x"],
  ['export FOO_TOKEN="a b"', 'export FOO_TOKEN="***"'],
  ["DB_PASS=foo", "DB_PASS=***"],
  ['ConvertTo-SecureString "abc d" -AsPlainText -Force', 'ConvertTo-SecureString "***" -AsPlainText -Force'],
  ["ConvertTo-SecureString -AsPlainText 'abc'", "ConvertTo-SecureString -AsPlainText '***'"],
  ['{"password":"x y","user":"u"}', '{"password":"***","user":"u"}'],
  ['{\\"client_secret\\":\\"abc\\"}', '{\\"client_secret\\":\\"***\\"}'],
  ["<AdminPassword>xx</AdminPassword>", "<AdminPassword>***</AdminPassword>"],
  ["net user bob Passw0rd! /add", "net user bob *** /add"],
  ["aws_secret_access_key = abcd/efgh1234", "aws_secret_access_key = ***"],
];
const ordinary = [
  "PWD=/root",
  "error: --token is required",
  "Reset your password: see the docs",
  "Unexpected token: identifier",
  "Unexpected token '}' in expression or statement.",
  "System, Culture=neutral, PublicKeyToken=b77a5c561934e089",
  "DisablePasswordAuthentication=false",
  `"integrity": "sha512-${key}"`,
  "d41d8cd98f00b204e9800998ecf8427e",
  "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
  `sha256:${"0123456789abcdef".repeat(4)}`,
  "/var/lib/password/x",
  "WARNING! root password will be disabled.",
  "passwd: password updated successfully",
  "TOKEN=$(curl -s x)",
  "$password = Get-Random",
  "Setting up passwd (1:4.8.1-2ubuntu2) ...",
  "syntax error near unexpected token `('",
  " -> Key Vault Secret Name : 'packerKeyVaultSecret'",
  "http://host:8080/a@b",
  "Bearer authentication is off",
  "Enter passphrase (empty for no passphrase):",
  "max_token_count=5",
  "password=***",
];

describe("What looks like a secret", () => {
  for (const [given, redacted] of hidden) {
    it(`is hidden, and the line still reads: ${redacted}`, () => assert.equal(createRedactor()(given), redacted));
  }

  it("is hidden once: what is hidden already stays as it is", () => {
    for (const [, redacted] of hidden) assert.equal(createRedactor()(redacted), redacted);
  });

  for (const text of ordinary) {
    it(`is not seen in ${JSON.stringify(text.slice(0, 60))}`, () => assert.equal(createRedactor()(text), text));
  }

  it("takes linear time whatever the line holds", () => {
    const started = process.cpuUsage().user;
    for (const part of [
      "a",
      "=",
      "password ",
      "token=",
      "://a:",
      "--p-",
      '"',
      "eyJa.",
      "sig=",
      "<a",
      "A1",
      "curl ",
      "net user ",
      "docker login ",
      "pass_key-",
      "-----BEGIN ",
    ]) {
      createRedactor()(part.repeat(16_384 / part.length));
    }
    assert.ok(process.cpuUsage().user - started < 2_000_000, "two seconds of processor time");
  });
});

describe("A private key over several lines", () => {
  const prefix = "[i] PACKER OUT     azure-arm: ";

  it("is hidden from its beginning to its end, and nothing else is", () => {
    const redact = createRedactor();
    const lines = [
      "-----BEGIN RSA PRIVATE KEY-----",
      "MIIEpAIBAAKCAQEA",
      "ERROR: disk is full",
      "q80=",
      "-----END RSA PRIVATE KEY-----",
      "done",
    ];
    assert.deepEqual(
      lines.map((line) => redact(prefix + line)),
      [
        "-----BEGIN RSA PRIVATE KEY-----***",
        "***",
        "ERROR: disk is full",
        "***",
        "-----END RSA PRIVATE KEY-----",
        "done",
      ].map((line) => prefix + line),
    );
  });

  it("is hidden on one line", () => {
    const line = "k=-----BEGIN PRIVATE KEY-----\\nMIIE\\n-----END PRIVATE KEY----- x";
    assert.equal(createRedactor()(line), "k=-----BEGIN PRIVATE KEY-----***-----END PRIVATE KEY----- x");
  });

  it("without an end is given up after 200 lines", () => {
    const redact = createRedactor();
    redact("-----BEGIN PRIVATE KEY-----");
    const after = Array.from({ length: 201 }, () => redact("word"));
    assert.equal(after[199], "***");
    assert.equal(after[200], "word");
  });
});
