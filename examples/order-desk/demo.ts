import { demoRequests } from "./demo-requests.js";
import { runDemo } from "./run-demo.js";

const isAsExpected = await runDemo(demoRequests, (text) => {
  console.log(text);
});
process.exitCode = isAsExpected ? 0 : 1;
