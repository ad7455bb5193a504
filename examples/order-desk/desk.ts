import { createCertificate } from "./create-certificate.js";
import { demoAccounts } from "./demo-accounts.js";
import { serve } from "./serve.js";

if (process.env["NODE_ENV"] === "production") {
  console.error(
    "order desk: the passwords of the demo accounts are public, so they serve no production",
  );
  process.exitCode = 1;
} else {
  await serve({
    accounts: demoAccounts,
    certificate: await createCertificate(),
    tell: (url) => {
      console.log(`order desk: log in at ${url}/login; docs/login-page.md has the demo accounts`);
    },
  });
}
