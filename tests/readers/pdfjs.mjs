// `node pdfjs.mjs FILE`: the text as pdf.js, Firefox's reader, gives it; a form feed after each page. pdf.js lies in
// the folder that GREENBRIEF_TEST_READERS names.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

// It warns on standard output that it could not draw.
console.log = console.warn = console.error;
const folder = `${process.env.GREENBRIEF_TEST_READERS}/node_modules/pdfjs-dist/legacy/build/pdf.mjs`;
const { getDocument } = await import(pathToFileURL(folder));
const file = await getDocument({ data: new Uint8Array(readFileSync(process.argv[2])), verbosity: 0 }).promise;
for (let number = 1; number <= file.numPages; number++) {
    const { items } = await (await file.getPage(number)).getTextContent();
    process.stdout.write(items.map(item => item.str + (item.hasEOL ? "\n" : "")).join("") + "\f");
}
