// Sends MAILS copies of FILE over nodemailer's pool: node nodemailer.mjs HOST PORT MAILS CONNECTIONS FILE
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const nodemailer = createRequire(`${process.env.PEERS}/`)("nodemailer");
const [host, port, mails, connections, file] = process.argv.slice(2);
const raw = readFileSync(file);
const pool = nodemailer.createTransport({
  host, port: Number(port), pool: true, maxConnections: Number(connections), maxMessages: Infinity,
  secure: false, ignoreTLS: true,
});
const task = async (first) => {
  for (let nth = first; nth < Number(mails); nth += Number(connections)) {
    await pool.sendMail({ envelope: { from: "brief@example.org", to: `reader${nth}@example.net` }, raw });
  }
};
await Promise.all(Array.from({ length: Number(connections) }, (_, first) => task(first)));
pool.close();
