// Fails when the bundle, compressed as a web server would, is over its limit.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT = 30_000;
const size = gzipSync(readFileSync("dist/charley-chat.js"), { level: 9 }).length;
console.log(`charley-chat.js: ${size} bytes gzip (limit ${LIMIT})`);
process.exitCode = size > LIMIT ? 1 : 0;
