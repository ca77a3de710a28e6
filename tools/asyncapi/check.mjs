// Checks an AsyncAPI document with the reference parser, and that JavaScript reads its patterns.
//
//     node check.mjs FOLDER_WITH_NODE_MODULES DOCUMENT
//
// Prints one line a problem and exits 1 when there is any.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const ERROR = 0;
const [installed, document] = process.argv.slice(2);
const { Parser } = createRequire(join(resolve(installed), "check.mjs"))("@asyncapi/parser");
const text = readFileSync(document, "utf8");
const problems = (await new Parser().validate(text))
  .filter((found) => found.severity === ERROR)
  .map((found) => `${found.path.join("/")}: ${found.message}`);

const waiting = [JSON.parse(text)];
while (waiting.length > 0) {
  const node = waiting.pop();
  if (typeof node !== "object" || node === null) continue;
  if (typeof node.pattern === "string") {
    try {
      new RegExp(node.pattern, "u");
    } catch (error) {
      problems.push(`${node.pattern}: ${error.message}`);
    }
  }
  waiting.push(...Object.values(node));
}

for (const problem of problems) console.log(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
