// `node mailauth.mjs RECORDS MAIL…`: checks every DKIM signature of each mail with mailauth and prints one JSON object a
// mail: `{"selector": "pass" or what is wrong}`. RECORDS is the zone file that `greenbrief mail dkim` prints; no network is
// asked. mailauth lies in the folder that GREENBRIEF_TEST_READERS names.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const load = createRequire(`${process.env.GREENBRIEF_TEST_READERS}/node_modules/`);
const { dkimVerify } = load("mailauth/lib/dkim/verify");
const [records, ...mails] = process.argv.slice(2);
const zone = new Map();
for (const line of readFileSync(records, "ascii").trimEnd().split("\n")) {
    const [, name, strings] = line.match(/^(\S+)\. IN TXT (.*)$/);
    zone.set(name, [...strings.matchAll(/"([^"]*)"/g)].map(found => found[1]));
}
const resolver = async name => {
    if (!zone.has(name)) throw Object.assign(new Error(`no record ${name}`), { code: "ENOTFOUND" });
    return [zone.get(name)];
};
for (const path of mails) {
    const { results } = await dkimVerify(readFileSync(path), { resolver, minBitLength: 2048 });
    const said = ({ selector, status }) => [selector, status.result === "pass" ? "pass" : status.comment ?? status.result];
    console.log(JSON.stringify(Object.fromEntries(results.map(said))));
}
