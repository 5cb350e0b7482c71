// Opens the day sheet and the gate without a connection. The network always comes first: a copy is shown only without a response, and
// is marked as a copy. Copies belong to one person, are deleted when another person signs in, and end after a day.

const FILES = "deskops-files";
const PAGES = "deskops-pages";
const MOST_PAGES = 14;
const KEPT_MS = 24 * 60 * 60 * 1_000;
const AWAY = [502, 503, 504];
const HASHED = /\.[0-9a-f]{12}\.\w+$/;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// The path of a sheet names its site; the gate's page has it as a parameter.
const site = (url) => url.searchParams.get("site") ?? "";
const keyOf = (url) => (url.pathname.startsWith("/day/") || !site(url) ? url.pathname : `${url.pathname}?site=${encodeURIComponent(site(url))}`);

async function keepPage(path, answer) {
  const person = answer.headers.get("X-Person");
  const pages = await caches.open(PAGES);
  const headers = new Headers(answer.headers);
  for (const name of ["Content-Encoding", "Content-Length", "Set-Cookie"]) headers.delete(name);
  headers.set("X-Copied", new Date().toISOString());
  await pages.put(path, new Response(await answer.text(), { headers }));
  const copies = await newestFirst(pages);
  const tooMany = copies.filter((kept, place) => kept.person !== person || place >= MOST_PAGES);
  await Promise.all(tooMany.map((kept) => pages.delete(kept.url)));
}

async function newestFirst(pages) {
  const copies = [];
  for (const { url } of await pages.keys()) {
    const headers = (await pages.match(url))?.headers;
    if (headers) copies.push({ url, person: headers.get("X-Person"), at: headers.get("X-Copied") });
  }
  return copies.sort((one, other) => other.at.localeCompare(one.at));
}

const isSheet = (answer) => answer.ok && !answer.redirected && answer.headers.has("X-Person");

async function copyOf(url) {
  const pages = await caches.open(PAGES);
  const over = (await newestFirst(pages)).filter((kept) => Date.now() - Date.parse(kept.at) > KEPT_MS);
  await Promise.all(over.map((kept) => pages.delete(kept.url)));
  const copy = await pages.match(keyOf(url));
  if (copy) {
    const html = (await copy.text()).replace("<html ", `<html data-copy-of="${copy.headers.get("X-Copied")}" `);
    return new Response(html, { headers: copy.headers });
  }
  // Without a date: the sheet that was opened last.
  if (url.pathname.split("/").length > 3) return null;
  const last = (await newestFirst(pages)).find((kept) => kept.url.startsWith(self.registration.scope) && kept.url.includes(`/${site(url)}`));
  return last ? Response.redirect(last.url) : null;
}

async function page(request) {
  const url = new URL(request.url);
  try {
    const answer = await fetch(request);
    if (AWAY.includes(answer.status)) return (await copyOf(url)) ?? answer;
    if (isSheet(answer)) await keepPage(keyOf(url), answer.clone());
    return answer;
  } catch {
    const copy = await copyOf(url).catch(() => null);
    return copy ?? Response.error();
  }
}

async function file(request) {
  const files = await caches.open(FILES);
  const kept = HASHED.test(request.url) && (await files.match(request));
  if (kept) return kept;
  try {
    const answer = await fetch(request);
    if (answer.ok && (await files.match(request))) await files.put(request, answer.clone());
    return answer;
  } catch {
    return (await files.match(request)) ?? Response.error();
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (url.pathname.startsWith("/static/")) event.respondWith(file(request));
});

// Keep the files of the current page and delete those of older ones.
async function keepFiles(names) {
  const files = await caches.open(FILES);
  for (const kept of await files.keys()) if (!names.includes(kept.url)) await files.delete(kept);
  for (const name of names) if (!(await files.match(name))) await files.add(name).catch(() => {});
}

self.addEventListener("message", (event) => {
  const { page: path, files } = event.data;
  event.waitUntil(
    (async () => {
      await keepFiles(files);
      const answer = await fetch(path, { redirect: "manual" });
      if (isSheet(answer)) await keepPage(keyOf(new URL(path, self.location)), answer);
    })(),
  );
});
