// main.js: the only wiring. It makes the engines, the pair, the views and the charts, and carries settings down
// and frames up between them. No arithmetic of training and no drawing of its own. Depends on everything else
// in web/.
import { Address } from "./address.js";
import { dropAhead, hasAhead, takeAhead, threadsWanted } from "./ahead.js";
import { anchorsFor } from "./anchors.js";
import { engineTheme, isDark, palette } from "./colours.js";
import { Display } from "./display.js";
import { DownloadError } from "./download.js";
import { Embed, fullAddress, originsOf } from "./embed.js";
import { Engine } from "./engine.js";
import { networkTensors, recordsCsv, runsJson, safetensors } from "./exports.js";
import { count, percentage, sentence } from "./format.js";
import { Heartbeat } from "./heartbeat.js";
import { linkText, settingsText } from "./link.js";
import { hasMoment, momentStep, verdict } from "./moment.js";
import { byKey, strengthsOf } from "./options.js";
import { VERSION_HEADER } from "./names.js";
import { OwnFilesError, sortFiles } from "./own-files.js";
import { LETTERS, Pair } from "./pair.js";
import { ownPictures, SitePictures } from "./pictures.js";
import { recoveryWords } from "./recovery.js";
import {
  changeText,
  dataLabel,
  datasetOf,
  differences,
  engineSettings,
  KEYS,
  presetNameOf,
  settingsOf,
  strengthLabel,
  withData,
  withOwnData,
  withDefault,
  withPreset,
  withRegularizer,
  withValue,
} from "./settings.js";
import { TimeLeft } from "./time-left.js";
import { Undo } from "./undo.js";
import { Place } from "./places.js";
import { dataAddress, fileAddress, version } from "./site.js";
import { fixedScale, pullScale } from "./views/arrange.js";
import { compare, versus } from "./views/comparison.js";
import { Contender } from "./views/contender.js";
import { bindChoice, bindNumber, fillSelect } from "./views/controls.js";
import { Exporting } from "./views/exporting.js";
import { DigitPad } from "./views/digit.js";
import { Drawer } from "./views/drawer.js";
import { Filigree, posterLine } from "./views/filigree.js";
import { LayerViews, ORDERS } from "./views/layer-views.js";
import { KEY_HEIGHT, KEY_WIDTH, Legend, PALETTES } from "./views/legend.js";
import { Loading } from "./views/loading.js";
import { Microscope } from "./views/microscope.js";
import { NetworkField } from "./views/network-field.js";
import { Notices } from "./views/notices.js";
import { OwnData } from "./views/own-data.js";
import { Published } from "./views/published.js";
import { Share } from "./views/share.js";
import { Tips } from "./views/tips.js";
import { Transport } from "./views/transport.js";
import { UndoButtons } from "./views/undo-buttons.js";
import { DATA_FILES, EngineError, hasSimd } from "./wasm.js";

/** Seconds that a whole run on generated data takes at the steady speed. */
const STEADY_SECONDS = 15;
/** Milliseconds in which a threaded engine must be there before the single-threaded one is taken; and that one. */
const THREADS_PATIENCE = 12_000;
const PATIENCE = 60_000;
/** Milliseconds after the first pictures, and at most after the opening, when the service worker may come. */
const SETTLED_AFTER = 500;
const SETTLED_WITHIN = 5000;
/** Milliseconds between two pieces of the page that are laid out. */
const SETTLE_INTERVAL = 100;
/** Milliseconds between two texts for screen readers. */
const DESCRIBE_INTERVAL = 2000;

const find = (selector) => document.querySelector(selector);
const notices = new Notices(find("#notices"), find("#status"));
const loading = new Loading(find("#loading"));
const legend = new Legend(find("#legend"));
new Tips(document.body);
const timeLeft = new TimeLeft();
/** Theme and projector mode: the state of the page that is not the run's. A link may set it. */
const display = new Display(document.documentElement, { onChange: () => showDisplay() });
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** The engine's option table, once an engine is loaded. */
let table = null;
/** {shared, a, b}; the settings now in force. */
let settings = null;
/** True when the run should go on by itself once it can. */
let wantsPlay = false;
/**
 * The run on the stage: {layers, scale, epochs, began (the settings that it began with), resolved (as the engines read them)} and by letter records, frames, first
 * (the metrics at step 0), changes (what was moved in mid-run: [{step, key, value}]) and planned (what its link has for later).
 */
let run = null;
/** Ends a download that was overtaken. */
let abort = null;
/** Data sets of the site, loaded or on the way: name -> SitePictures. */
const sitePictures = new Map();

// --- views ---------------------------------------------------------------------------------------------------------

const transport = new Transport(find(".bar"), {
  play: () => {
    wantsPlay = true;
    // What is over only begins again when asked to; what is about to start will go on by itself.
    if (pair.state === "ended") askRestart();
    else if (!table || pair.state === "failed") begin();
    else pair.play().catch(report);
  },
  pause: () => {
    wantsPlay = false;
    pair.pause().catch(report);
  },
  step: () => {
    wantsPlay = false;
    if (pair.state === "failed") begin();
    else pair.step().then(saySteps, report);
  },
  restart: () => {
    wantsPlay = false;
    // What stopped begins again as it was meant, link and all.
    if (table && pair.state !== "failed") change(settings);
    else begin();
  },
});

const contenders = Object.fromEntries(
  LETTERS.map((letter) => [
    letter,
    new Contender(letter, find(`[data-contender="${letter}"]`), find("#contender"), {
      onRegularizer: (name) => change(withRegularizer(settings, letter, name)),
      onStrength: (key, text, final) => changeStrength(letter, key, text, final),
      onProblem: (text) => notices.show("value", { heading: text }),
      onCell: (from, place) => views.point(from, place),
      onVisible: () => pair.redraw().catch(report),
    }),
  ]),
);

/** The charts below the stage, once they are there; they come after the first pictures. */
let charts = [];
const published = new Published(find("#anchors"), find("#anchors-elsewhere"));

/** Made after the first pictures, which need none of it: it has a worker of its own. */
let filigree = null;
const digit = new DigitPad(find("#digit"), {
  onInputs: () => predict(),
  onSample: (index) => pair.sample(index),
});

function nameOf(letter) {
  return `${letter.toUpperCase()}: ${contenders[letter].label}`;
}

let predicting = false;
let predictAgain = false;

/** Asks both for what is on the pad; while they answer, only the latest picture waits. */
async function predict() {
  predictAgain = predicting;
  if (predicting || !run) return;
  const { inputs } = digit;
  if (!inputs) {
    filigree?.answer(null, null);
    return;
  }
  predicting = true;
  try {
    const answers = await pair.predict(inputs);
    if (digit.inputs) {
      digit.render(answers);
      filigree?.answer(inputs, answers);
    }
  } catch (error) {
    if (pair.state !== "failed") report(error);
  }
  predicting = false;
  if (predictAgain) predict();
}

// --- the pair ------------------------------------------------------------------------------------------------------

const pair = new Pair({
  makeEngine,
  describeFrame: (letter, still) => ({
    ...contenders[letter].matrices.wanted(still),
    theme: engineTheme(),
    // A run's first frame is the stage's alone: nothing shall hold it up.
    edges: still || run?.frames[letter] ? filigree?.wanted(letter, run?.frames[letter]?.metrics, still) : undefined,
  }),
  onState: showState,
  onFrame: showFrame,
  onError: (error, letter) => report(error, letter),
  onRecovery: showRecovery,
});

let threadsRefused = false;

async function makeEngine(onLost, { careful }) {
  const directory = fileAddress("wasm/");
  if (threadsWanted > 1 && !threadsRefused && !careful) {
    try {
      return await loadOne(directory, threadsWanted, onLost, THREADS_PATIENCE);
    } catch {
      threadsRefused = true;
    }
  }
  try {
    return await loadOne(directory, 1, onLost, PATIENCE);
  } catch (error) {
    // It was not for the threads.
    threadsRefused = false;
    throw error;
  }
}

/** An engine that is not there after `patience` milliseconds is disposed, which rejects. */
async function loadOne(directory, threads, onLost, patience) {
  const worker = takeAhead(directory, threads) ?? new Worker(fileAddress("trainer.worker.js"), { type: "module" });
  const engine = new Engine(worker);
  const timer =
    patience &&
    setTimeout(() => engine.dispose(`The engine was not there within ${patience / 1000} seconds.`), patience);
  try {
    const answer = await engine.load({ directory, threads, link: location.hash });
    engine.onLost = onLost;
    return { engine, ...answer };
  } catch (error) {
    engine.dispose();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function describeEngines({ a, b }) {
  const how =
    a.threads === b.threads
      ? threadsText(a.threads, " a network")
      : LETTERS.map((letter) => `${letter.toUpperCase()} ${threadsText({ a, b }[letter].threads, "")}`).join(", ");
  find("#engine").textContent = `Engine ${a.version}: WebAssembly SIMD, ${how}. Results are the same to the bit.`;
}

function threadsText(threads, each) {
  if (threads > 1) return `${threads} threads${each}`;
  if (typeof SharedArrayBuffer !== "function") return "single-threaded (no SharedArrayBuffer on this page)";
  return threadsWanted > 1 ? "single-threaded (threads could not be started)" : `1 thread${each}`;
}

/** An engine without a run, for what is asked beside the training: small matrices, settings on trial. */
let desk = null;

function deskEngine() {
  const forget = () => (desk = null);
  desk ??= loadOne(fileAddress("wasm/"), 1, forget).then(
    ({ engine }) => engine,
    (error) => {
      forget();
      throw error;
    },
  );
  return desk;
}

const microscope = new Microscope(find("#microscope"), {
  letters: LETTERS,
  measure: async (request) => (await deskEngine()).penalties(request),
  liveLayers: async (letter) => (run ? (await pair.parameters(letter)).layers : null),
  onProblem: (error) =>
    notices.show("desk", { alert: true, heading: "The microscope stopped", lines: [error.message] }),
});

// --- the place: service worker, versions ---------------------------------------------------------------------------

const place = new Place({
  onOffline: ({ kept, reason }) => {
    find("#place").textContent = kept ? "This page also works without a network." : reason;
    find("#place").dataset.offline = kept ? "kept" : "no";
  },
  onNewVersion: () =>
    notices.show("version", {
      heading: "A new version of this page is there",
      lines: ["What is open here stays as it began. Reload to get the new version; a link keeps this run's settings."],
      action: { label: "Reload", run: () => location.reload() },
    }),
  onDataNotKept: () =>
    notices.show("storage", {
      heading: "The data could not be kept",
      lines: ["This browser's storage is full: the data set works now, but will need a network the next time."],
    }),
});

// --- embedded in another page --------------------------------------------------------------------------------------

const embedded = document.documentElement.dataset.embed !== undefined;
/** The least height for matrices (CSS pixels). */
const LEAST_BOX = embedded ? 40 : 300;
/** The same in projector mode, where type takes more of the height. */
const LEAST_PROJECTED = Math.min(LEAST_BOX, 210);
/** Pixels under the stage; in a frame its captions are one line and nothing stands below. */
const BELOW = embedded ? -28 : 44;

let embedOpen = false;

/** Throws what the page says when the run could not be started. */
function assertStarted() {
  if (pair.state !== "failed") return;
  const message = find("#notices [role=alert] p")?.textContent ?? "The run could not be started.";
  throw new EngineError({ name: "RUN_FAILED", operation: "embed", message });
}

function openEmbed() {
  if (!embedded || embedOpen) return;
  embedOpen = true;
  const full = find("#full");
  for (const name of ["pointerenter", "focus"])
    full.addEventListener(name, () => (full.href = fullAddress(location.href)));
  full.href = fullAddress(location.href);
  const { origins, problems } = originsOf(location.search);
  if (problems.length > 0) notices.show("embed", { heading: "The frame's address has a mistake", lines: problems });
  const embed = new Embed({
    origins,
    commands: {
      async load(link) {
        history.replaceState(null, "", link);
        const problems = await openLink();
        const begun = await begin();
        assertStarted();
        if (!begun) throw new EngineError({ name: "OVERTAKEN", message: "Another run was begun meanwhile." });
        return { ...(await numbersNow()), problems };
      },
      async play() {
        wantsPlay = true;
        if (pair.state === "ended") await begin();
        else await pair.play();
        assertStarted();
        return numbersNow();
      },
      async pause() {
        wantsPlay = false;
        await pair.pause();
        return numbersNow();
      },
      read: numbersNow,
    },
  });
  embed.ready(table.version);
}

/** What the embedding page may know: the state of the run and each contender's numbers, both at the same step. */
async function numbersNow() {
  const moment = await pair.freeze();
  const numbers = LETTERS.map((letter) => {
    const { metrics, fingerprint } = moment?.[letter] ?? {};
    return [letter, metrics ? { regularizer: settings[letter][KEYS.regularizer], fingerprint, ...metrics } : null];
  });
  return { state: pair.state, link: location.hash, ...Object.fromEntries(numbers) };
}

// --- views of a layer ------------------------------------------------------------------------------------------------

const views = new LayerViews(find("#views"), {
  matrices: Object.fromEntries(LETTERS.map((letter) => [letter, contenders[letter].matrices])),
  legend,
  onChange: () => {
    layout();
    pair.redraw().catch(report);
    if (table && settings) showAddress();
  },
  cell: (letter, request) => pair.cell(letter, request),
  compare: async (request) => (await deskEngine()).compare({ ...request, theme: engineTheme() }),
  comparedCell: async (request) => (await deskEngine()).comparedCell(request),
  onProblem: (error) =>
    notices.show("desk", { alert: true, heading: "The two could not be compared", lines: [error.message] }),
});

// --- files to save -------------------------------------------------------------------------------------------------

new Exporting(find("#export"), find("#export-menu"), {
  list: exportList,
  onProblem: (error) =>
    notices.show("export", { alert: true, heading: "That could not be saved", lines: [error.message] }),
});

/** What can be saved just now. */
function exportList() {
  if (!run) return [];
  const weights = LETTERS.map((letter) => ({
    label: `Weights of ${letter.toUpperCase()} (safetensors)`,
    title: "All weights and biases as float32, by the names that PyTorch uses",
    name: `filigree-${letter}.safetensors`,
    make: () => weightsFile(letter),
  }));
  const pictures = [...document.querySelectorAll("#stage canvas[role=img]")]
    .filter((canvas) => canvas.clientHeight > 0 && canvas.width > 1)
    .map((canvas, index) => ({
      label: `Picture: ${pictureLabel(canvas)} (PNG)`,
      title: canvas.getAttribute("aria-label"),
      name: `filigree-${index + 1}.png`,
      make: () => new Promise((resolve) => canvas.toBlob(resolve, "image/png")),
    }));
  return [
    {
      label: "Epochs of both (CSV)",
      title: "The numbers behind the charts: a row for each contender and epoch",
      name: "filigree-epochs.csv",
      make: () => new Blob([recordsCsv(runsNow())], { type: "text/csv" }),
    },
    {
      label: "Both runs (JSON)",
      title: "The link, every setting, all epochs, the present numbers and fingerprints of both at the same step",
      name: "filigree-runs.json",
      make: async () => {
        const contenders = runsNow(await pair.freeze());
        return new Blob([runsJson({ version: table.version, link: location.hash, contenders })], {
          type: "application/json",
        });
      },
    },
    ...weights,
    ...pictures,
  ];
}

function pictureLabel(canvas) {
  const pictures = LETTERS.flatMap((letter) => contenders[letter].matrices.pictures);
  const known = pictures.find((each) => each.canvas === canvas)?.label;
  return known ?? canvas.getAttribute("aria-label").split(/[:;.]|, \d/)[0];
}

/** By letter {regularizer, settings, metrics, fingerprint, records}; `moment`: how both stand, as pair.freeze() says it. */
function runsNow(moment) {
  const lines = chartLines();
  return Object.fromEntries(
    LETTERS.map((letter) => [
      letter,
      {
        regularizer: settings[letter][KEYS.regularizer],
        settings: engineSettings(settings, letter),
        metrics: moment?.[letter].metrics,
        fingerprint: moment?.[letter].fingerprint,
        records: lines[letter],
      },
    ]),
  );
}

async function weightsFile(letter) {
  const { layers, metrics, fingerprint } = await pair.parameters(letter);
  const metadata = {
    format: "pt",
    fingerprint,
    step: String(metrics.step),
    settings: settingsText(engineSettings(settings, letter)),
  };
  return new Blob([safetensors(networkTensors(layers), metadata)], { type: "application/octet-stream" });
}

// --- runs ----------------------------------------------------------------------------------------------------------

/** Play on what is over: it would throw the run away, so that is said first. */
function askRestart() {
  notices.show("value", {
    heading: "This run is over: there is nothing left to train",
    lines: ["Restart begins again at step 0; its numbers and pictures go. Export saves them."],
    action: { label: "Restart and play", run: () => begin() },
  });
}

/** After Step: what is spoken is of the step that was made. */
function saySteps() {
  if (pair.state !== "paused" || !run) return;
  notices.say([`Step ${count(run.frames.a?.metrics.step ?? 0)}.`, ...LETTERS.map(outcome)].join(" "));
}

/** Puts new settings in force and starts over; training goes on by itself if it did before. */
function change(next, options) {
  settings = next;
  leaveMoment();
  showAddress({ entry: true });
  remember();
  begin(options);
}

/**
 * Both contenders to step 0 with the present settings; loads the data first where that is needed. first: nothing ran yet.
 * -> true when that was done and nothing else was begun meanwhile.
 */
async function begin({ keepWeights = false, first = false } = {}) {
  if (!table) return prepare().then(() => false);
  if (!settings) return false; // the first link is still being read, and begins by itself
  if (!keepWeights) fileWeights = {};
  abort?.abort();
  const attempt = (abort = new AbortController());
  for (const name of ["run", "data", "value", "recovery", "share"]) notices.clear(name);
  // A link's run begins as the link says, whatever was changed on the way.
  if (opened && !wantsOwnFiles(opened)) settings = settingsOfOpened();
  for (const letter of LETTERS) contenders[letter].mark("");
  if (!first) {
    makeControls();
    showControls();
    await Promise.all([pair.dropSilent(), pair.pause().catch(() => {})]);
  }
  if (attempt.signal.aborted) return false;
  // What waited for an engine that was dropped has said so.
  notices.clear("run");
  try {
    if (wantsOwnFiles(opened)) {
      await askForOwnFiles(opened);
      return false;
    }
    const files = await dataFiles(attempt.signal);
    if (attempt.signal.aborted) return false;
    run = null;
    // Where nothing is to be done at step 0, it is not waited for.
    const aims = opened !== null && (Number.isInteger(opened.at) || hasMoment(opened));
    const atOnce = wantsPlay && !aims && Object.keys(fileWeights).length === 0;
    // A picture that stays is of everything; one of many is of the stage first.
    if (!atOnce) makeFiligree();
    const answers = await pair.start({
      still: !atOnce,
      ahead: atOnce,
      changes: opened?.changes,
      settings: Object.fromEntries(LETTERS.map((letter) => [letter, settingsText(engineSettings(settings, letter))])),
      files,
      stepsPerSecond,
      onStarted: (started) => {
        if (!attempt.signal.aborted) showStart(started);
      },
    });
    if (attempt.signal.aborted || !answers) return false;
    const hash = knownHash(answers.a.dataset);
    if (opened?.own && opened.data_hash && hash && hash !== opened.data_hash) {
      await askForOwnFiles(opened, [`“${opened.ownName}” is not it: its hash is ${hash}.`]);
      return false;
    }
    await placeWeights();
    if (attempt.signal.aborted) return false;
    if (!atOnce) notices.say("Ready. Both networks are at step 0.");
    compareData();
    aimAtMoment();
    if (wantsPlay && opened?.at !== 0) await pair.play();
    else if (atOnce) await pair.redraw();
    return !attempt.signal.aborted;
  } catch (error) {
    if (attempt.signal.aborted) return false;
    // The link's settings do not fit the files that were chosen for it.
    if (opened?.own && opened.ownName !== undefined && !(error.name === "ENGINE_LOST"))
      await askForOwnFiles(opened, [`“${opened.ownName}” is not it: ${error.message}.`]);
    else await giveUp(error);
    return false;
  }
}

/** What is still on the stage is not of the settings that the page now names: it must not go on. */
async function giveUp(error) {
  const hadRun = run !== null;
  run = null;
  report(error);
  for (const letter of LETTERS) {
    contenders[letter].blank();
    if (hadRun) contenders[letter].mark("There is no run of these settings yet; the pictures are of the one before.");
  }
  find("#comparison").textContent = "";
  await pair.fail();
}

function stepsPerSecond({ steps }) {
  const generated = datasetOf(table, dataName())?.generated;
  return generated && find("#speed").value === "steady" ? steps / STEADY_SECONDS : Infinity;
}

function dataName() {
  if (settings.shared[KEYS.ownData] !== undefined) return OWN;
  return settings.shared[KEYS.data] ?? byKey(table).get(KEYS.data).default;
}

/** What an engine needs to make the data of the present settings; undefined where it makes them itself. */
async function dataFiles(signal) {
  const name = dataName();
  for (const [each, pictures] of sitePictures) if (each !== name) pictures.stop();
  loading.end();
  if (name === OWN) return ownData.get(settings.shared[KEYS.ownData]).request;
  if (datasetOf(table, name)?.generated !== false) return undefined;
  if (!sitePictures.has(name)) sitePictures.set(name, picturesOf(name));
  const pictures = sitePictures.get(name);
  const { ready, all } = pictures.load();
  let started = false;
  if (!pictures.complete) loading.begin(`Loading ${dataLabel(name)}`);
  all.then(
    () => name === dataName() && loading.end(),
    (error) => {
      // Before it is ready, begin() says so.
      if (started && name === dataName() && error instanceof DownloadError) stopLoading(pictures, error);
    },
  );
  const request = await ready;
  started = true;
  if (signal.aborted || name !== dataName()) throw signal.reason ?? new DOMException("overtaken", "AbortError");
  return request;
}

// --- data from the site, and of one's own ------------------------------------------------------------------------------

/** What the data are called where a name is wanted and they are of one's own. */
const OWN = "own";

function picturesOf(name) {
  const pictures = new SitePictures(dataAddress(name), DATA_FILES, { [VERSION_HEADER]: version });
  pictures.onProgress = (files) => {
    if (name === dataName() && !pictures.complete) loading.render(files);
  };
  pictures.onArrive = tellEngines;
  return pictures;
}

function tellEngines(lot) {
  for (const { engine } of Object.values(pair.engines).filter(Boolean)) {
    if (!engine.lost) engine.arrive(lot).catch(() => {});
  }
}

/** The run has begun, and the rest of its data does not come: it waits for whoever tries again. */
function stopLoading(pictures, error) {
  loading.end();
  notices.show("data", {
    alert: true,
    heading: "The rest of the data did not arrive",
    lines: [error.message, "Training goes as far as there are pictures, and goes on when the rest is there."],
    action: {
      label: "Try again",
      run: () => {
        notices.clear("data");
        if (pictures !== sitePictures.get(dataName())) return;
        loading.begin(`Loading ${dataLabel(dataName())}`);
        pictures.load().all.then(
          () => loading.end(),
          (again) => stopLoading(pictures, again),
        );
      },
    },
  });
}

/** Data of one's own, by the name that settings give them: {request, info}. */
const ownData = new Map();
let ownNumber = 0;

const ownView = new OwnData(find("#own-data"), document.documentElement, { onFiles: takeFiles });

/** Reads files in an engine of their own, which is gone afterwards with all the memory that it took. */
async function takeFiles(files) {
  const turn = ++ownNumber;
  drawer.open();
  ownView.say(`Reading ${files.map(({ name }) => name).join(", ")} …`);
  let engine = null;
  try {
    const sorted = await sortFiles(files);
    if (sorted.kind === "weights") {
      await takeWeights(sorted);
      return;
    }
    ({ engine } = await loadOne(fileAddress("wasm/"), 1));
    const { parts, ...info } = await engine.importData(sorted);
    if (turn !== ownNumber) return;
    info.apart = sorted.kind === "pair";
    const request = parts ? ownPictures({ ...info, parts }) : { id: `own-${turn}`, blobs: sorted.blobs };
    // Pictures in a table are pictures from here on: no engine reads the table again.
    const name = parts ? sorted.name.replace(/\.(csv|tsv|txt)$/i, "") : sorted.name;
    ownData.set(name, { request, info });
    ownView.show({ name: sorted.name, info });
    if (wantsOwnFiles(opened)) {
      opened = { ...opened, ownName: name };
      begin();
    } else change(withOwnData(settings, name, info, table));
  } catch (error) {
    if (turn !== ownNumber) return;
    const known = error instanceof OwnFilesError || error instanceof EngineError;
    ownView.refuse(known ? error.message : `The files could not be read: ${error?.message ?? error}`);
  } finally {
    engine?.dispose();
  }
}

// --- weights from a file -----------------------------------------------------------------------------------------------

/** By letter what stands in a run's place: {name, bytes, layers}. Gone with the next start that is not for their sake. */
let fileWeights = {};

async function takeWeights({ name, blobs }) {
  const bytes = new Uint8Array(await blobs[0].arrayBuffer());
  const layers = await (await deskEngine()).weightsLayers({ bytes, name });
  ownView.offer(name, layers.replaceAll(",", "-"), LETTERS, (letter) => openWeights(letter, { name, bytes, layers }));
}

function openWeights(letter, file) {
  ownView.say(`${file.name} is in ${letter.toUpperCase()}.`);
  wantsPlay = false;
  // Both have one network: weights of other layers in the other contender must go.
  const kept = Object.entries(fileWeights).filter(([, each]) => each.layers === file.layers);
  fileWeights = { ...Object.fromEntries(kept), [letter]: file };
  const present = run?.layers.map(({ rows }) => rows).join();
  const wanted = file.layers.split(",").slice(1).join();
  const same = present === wanted && String(run.layers[0].columns) === file.layers.split(",")[0];
  if (same) begin({ keepWeights: true });
  else change(withValue(settings, "shared", KEYS.layers, file.layers), { keepWeights: true });
}

/** After a start: the weights from files take their places. */
async function placeWeights() {
  for (const [letter, file] of Object.entries(fileWeights)) {
    const metrics = await pair.loadWeights(letter, { bytes: file.bytes, name: file.name });
    run.first[letter] = metrics;
    contenders[letter].mark(
      `Loaded from ${file.name}, not trained here: no link makes it. Restart trains a network instead.`,
      `loaded from ${file.name}`,
    );
  }
  if (Object.keys(fileWeights).length > 0) drawCharts({ anew: true });
}

/** The choice of data of one's own in the bar: the ones that there are, or the way to some. */
function chooseOwn() {
  const [name, own] = [...ownData].at(-1) ?? [];
  if (own && dataName() !== OWN) {
    change(withOwnData(settings, name, own.info, table));
    return;
  }
  showControls();
  drawer.open();
  find("#own-data button").focus();
}

function changeStrength(letter, key, text, final) {
  changeLive(withValue(settings, letter, key, text), final);
}

/** Where the run stands: "fresh" (nothing trained yet), "going", or "over" (nothing can change in mid-run any more). */
function runStage() {
  if (pair.state === "ended" || pair.state === "failed") return "over";
  const step = run ? Math.max(...LETTERS.map((each) => run.frames[each]?.metrics.step ?? 0)) : 0;
  return step === 0 ? "fresh" : "going";
}

/** Puts settings in force that differ only in what may change in mid-run; `final`: not one of many on the way. */
function changeLive(next, final) {
  const changed = differences(settings, next, table);
  settings = next;
  if (runStage() !== "going") {
    if (final) change(settings);
    return;
  }
  for (const { part, option, after } of changed) {
    for (const letter of part === "shared" ? LETTERS : [part]) setStrength(letter, option.key, after).catch(report);
  }
  if (!final) return;
  find("#preset").value = presetNameOf(settings, table);
  remember();
}

/** Strengths on their way to the engines: of the many that a slider makes in a moment, only the last is made. */
const moving = new Map();

/** Changes a strength on the way; the link says so. */
async function setStrength(letter, key, text) {
  const name = `${letter}.${key}`;
  const waits = moving.has(name);
  moving.set(name, text);
  if (waits) return;
  const current = run;
  await new Promise((resolve) => setTimeout(resolve, STRENGTH_INTERVAL));
  const value = moving.get(name);
  moving.delete(name);
  if (run !== current) return;
  const { step, pulls } = await pair.set(letter, key, value);
  if (run !== current) return;
  run.pulls[letter] = pulls;
  layout();
  // Who moves something takes over from the link.
  leaveMoment();
  run.planned[letter] = [];
  const others = run.changes[letter].filter((change) => change.step !== step || change.key !== key);
  run.changes[letter] = [...others, { step, key, value }];
  if (run.frames[letter]?.metrics.state !== "diverged") markChanges(letter);
  showAddress();
}

function markChanges(letter) {
  const steps = new Map(run.changes[letter].map(({ key, step }) => [key, step]));
  const words = [...steps]
    .map(([each, at]) => `${strengthLabel(byKey(table).get(each))} changed at step ${count(at)}`)
    .join(", ");
  contenders[letter].mark(`${words}: the link says so and replays it. Restart begins with what is set now.`, words);
}

/** What the run's link had for later and was made by now: the controls follow. */
function followPlan(letter, step) {
  if (!(run.planned[letter][0]?.step <= step)) return;
  for (const { key, value } of run.planned[letter].filter((change) => change.step <= step)) {
    settings = withValue(settings, letter, key, value);
    run.changes[letter].push(run.planned[letter].shift());
  }
  contenders[letter].showSettings(settings[letter], settings[letter][KEYS.regularizer]);
  drawer.show(settings);
  markChanges(letter);
}

// --- links ---------------------------------------------------------------------------------------------------------

/** The link that was opened, as the engine reads it, until another run begins; or null. */
let opened = null;
/** Milliseconds within which a strength is moved at most once in mid-run, so that links stay short. */
const STRENGTH_INTERVAL = 120;

/** An engine reads and writes links: one that is there. */
async function linkEngine() {
  const loaded = pair.engines.a?.engine;
  return loaded && !loaded.lost ? loaded : deskEngine();
}

const address = new Address(async (text) => (await (await linkEngine()).link(text)).printed);

/** What a link says of how the page is looked at, beside the view. */
let shown = {};

/** How the page is looked at, as links say it: view[:layer][:zeros]; what is usual is left out. */
function look() {
  const { view, layer, order, zeros } = views.get();
  const words = [view, ...(layer === "all" ? [] : [layer + 1]), ...(zeros ? ["zeros"] : [])].join(":");
  return {
    ...shown,
    projector: display.projector,
    view: words === views.names[0] ? "" : words,
    sort: order === ORDERS[0].name ? "" : order,
  };
}

/** Looks at the run as a link says; -> what of that there is not, as texts. */
function lookAs({ view, sort, lesson, projector, embed }) {
  shown = { lesson, embed };
  if (projector) display.projector = true;
  const [name, ...rest] = (view || views.names[0]).split(":");
  const layer = rest.find((word) => /^[1-9]\d?$/.test(word));
  const next = {
    view: name,
    order: sort || ORDERS[0].name,
    zeros: rest.includes("zeros"),
  };
  if (views.set({ ...next, layer: layer ? Number(layer) - 1 : "all" })) return [];
  views.set({
    view: views.names[0],
    order: ORDERS[0].name,
    zeros: false,
    layer: "all",
  });
  return [`There is no view “${view || sort}” here. Used instead: ${views.names[0]}.`];
}

/** The run as its link says it; a moment that is still to be compared is part of it. */
function linkOfRun() {
  const changes = Object.fromEntries(
    LETTERS.map((letter) => [letter, run ? [...run.changes[letter], ...run.planned[letter]] : []]),
  );
  const moved = LETTERS.some((letter) => changes[letter].length > 0);
  const due = opened && hasMoment(opened) ? opened : null;
  const moment = due && {
    at: due.at,
    fingerprints: due.fingerprints,
    engine: due.engine,
    data_hash: due.data_hash,
  };
  const own = dataName() === OWN ? { own: true, data_hash: knownHash(run?.dataset) } : {};
  return {
    ...(moved ? { ...run.began, changes } : settings),
    ...own,
    ...moment,
    ...look(),
  };
}

/** Puts the run into the address; `entry`: another run, with an entry of its own in the history. */
function showAddress({ entry = false } = {}) {
  const own = dataName() === OWN ? { own: true } : {};
  address.show(linkText(entry ? { ...settings, ...own, ...look() } : linkOfRun()), { entry });
}

/** The present moment of both as a link: {hash, embed, words}. */
async function freezeMoment() {
  const engine = await linkEngine();
  const current = run;
  const moment = current && (await pair.freeze());
  const link = moment && run === current ? momentLink(moment) : linkOfRun();
  const { printed: hash } = await engine.link(linkText({ ...link, embed: false }));
  const { printed: embed } = await engine.link(linkText({ ...link, embed: true }));
  const words = Number.isInteger(link.at)
    ? `It holds every setting, step ${count(link.at)} and the fingerprints of both networks there.`
    : link.fingerprints
      ? "It holds every setting and the fingerprints of both networks at the end of the run."
      : Object.keys(fileWeights).length > 0
        ? "It holds every setting, but no moment: the weights that came from a file cannot travel in a link."
        : "It holds every setting; nothing is trained yet.";
  return { hash, embed, words };
}

function momentLink(moment) {
  const states = LETTERS.map((letter) => moment[letter].metrics);
  const step = Math.max(...states.map((each) => each.step));
  const link = linkOfRun();
  // What came from a file was not trained by this run: no link brings it back.
  if (step === 0 || Object.keys(fileWeights).length > 0) return link;
  const fingerprints = Object.fromEntries(
    LETTERS.filter((letter) => moment[letter].metrics.state !== "diverged").map((letter) => [
      letter,
      moment[letter].fingerprint,
    ]),
  );
  const at = step < states[0].steps ? step : undefined;
  const own = dataName() === OWN;
  const hash = own || datasetOf(table, dataName())?.generated === false ? knownHash(moment.a.dataset) : null;
  const made = {
    changes: run.changes,
    at,
    fingerprints,
    engine: table.version,
    own,
    data_hash: hash,
  };
  return { ...run.began, ...made, ...look() };
}

/** A hash of data, null where it is not known (yet). */
const knownHash = ({ hash } = {}) => (hash && !/^0*$/.test(hash) ? hash : null);

/** A link of the sender's own data, whose files were not chosen here yet. */
const wantsOwnFiles = (link) => link?.own === true && !ownData.has(link.ownName);

/** `why`: what is the matter with the files that were chosen, as texts. The link is kept until its files are there. */
async function askForOwnFiles(link, why = []) {
  const { data_hash: hash } = link;
  opened = { ...link, ownName: undefined };
  run = null;
  for (const letter of LETTERS) contenders[letter].blank();
  find("#comparison").textContent = "";
  await pair.fail();
  if (why.length > 0) ownView.refuse(why.join(" "));
  notices.show("run", {
    alert: true,
    heading: why.length > 0 ? "These are not the data of the link" : "This link is of the sender's own data",
    lines: [
      ...why,
      "Data cannot travel in a link: ask the sender for the file, and choose it here. Nothing was trained.",
      ...(hash ? [`The data have the hash ${hash}.`] : []),
    ],
    action: { label: "Choose the files", run: chooseOwn },
  });
}

/** The settings of the opened link, on the files that were chosen for it. */
function settingsOfOpened() {
  const those = settingsOf(opened);
  if (opened.own) those.shared[KEYS.ownData] = opened.ownName;
  return those;
}

/** A data set of the site may be another than its sender's. */
function compareData() {
  const here = knownHash(run.dataset);
  if (opened?.own || !opened?.data_hash || !here || here === opened.data_hash) return;
  notices.show("data", {
    alert: true,
    heading: "These are not the data of the link",
    lines: [`The link's have the hash ${opened.data_hash}, these have ${here}: the run will be another.`],
  });
}

/** The run is no longer the opened link's. */
function leaveMoment() {
  if (!opened) return;
  opened = null;
  pair.stopAt(null);
  notices.clear("moment");
}

/** What a link says of steps that its run does not have, as texts. */
function beyondTheEnd({ at, changes }, steps) {
  const late = LETTERS.flatMap((letter) => changes[letter]).filter(({ step }) => step >= steps);
  const words = late.map(({ step, key }) => `It changes ${key} after step ${count(step)}`);
  if (at > steps) words.push(`It says step ${count(at)}`);
  return words.map((text) => `${text}, but its run has only ${count(steps)}.`);
}

/** A link was opened that says how both stood at some step: both will stop there, to be compared. */
function aimAtMoment() {
  if (!opened) return;
  const { steps } = run.first.a;
  const beyond = beyondTheEnd(opened, steps);
  if (!hasMoment(opened)) {
    if (opened.at > 0) pair.stopAt(opened.at); // at 0 it stands already
    if (beyond.length > 0) notices.show("moment", { heading: "Not all of this link could be used", lines: beyond });
    return;
  }
  const step = momentStep(opened, steps);
  pair.stopAt(step);
  pair.setSpeed(Infinity);
  notices.show("moment", {
    heading: "A link to a moment",
    lines: [
      ...beyond,
      `Both networks train to step ${count(step)}; then their fingerprints are compared with the link's.`,
    ],
    ...(wantsPlay
      ? {}
      : {
          action: {
            label: `Train to step ${count(step)}`,
            run: () => find('[data-action="play"]').click(),
          },
        }),
  });
}

/** Compares where both stand with the link that was opened, once they are where it points. */
function checkMoment() {
  if (!opened || !run || !hasMoment(opened) || !LETTERS.every((letter) => run.frames[letter]?.fingerprint)) return;
  const step = momentStep(opened, run.first.a.steps);
  const here = { engine: table.version, data_hash: knownHash(run.dataset) };
  for (const letter of LETTERS) {
    const { metrics, fingerprint } = run.frames[letter];
    if (metrics.step !== step && metrics.state !== "diverged") return;
    const diverged = metrics.state === "diverged" ? metrics.diverged_step : undefined;
    here[letter] = { step: metrics.step, fingerprint, diverged };
  }
  const link = opened;
  const { same, heading, lines } = verdict(link, here);
  opened = { ...opened, fingerprints: { a: null, b: null } };
  pair.setSpeed(stepsPerSecond(run.frames.a.metrics));
  notices.show("moment", {
    heading,
    lines,
    alert: !same,
    action: {
      label: "Run it again",
      run: () => {
        wantsPlay = true;
        follow(link);
      },
    },
  });
}

new Share(find("#share"), find("#share-menu"), find("#share-dialog"), {
  freeze: freezeMoment,
  onCopied: ({ heading, words }) => notices.show("share", { heading, lines: [words] }),
  onProblem: (error) =>
    notices.show("share", {
      alert: true,
      heading: "No link was made",
      lines: [error.message],
    }),
});

/** Begins the run that a link says. */
function follow(link) {
  opened = link;
  settings = settingsOf(link);
  remember();
  begin();
}

/** Reads the address and lists what of it cannot be used. -> that, as texts. */
async function openLink() {
  address.drop();
  const { hash } = location;
  const known = pair.engines.a?.link; // read as soon as the engine was there
  const { parsed } = known?.text === hash ? known : await (await linkEngine()).link(hash);
  opened = parsed;
  const unknown = lookAs(parsed);
  settings = settingsOf(parsed);
  remember();
  notices.clear("link");
  notices.clear("moment");
  const problems = [
    ...parsed.problems.map(
      ({ what, used }) => `${what}. ${used === null ? "It is left out" : `Used instead: ${used}`}.`,
    ),
    ...unknown,
  ];
  if (problems.length > 0)
    notices.show("link", {
      heading: "Not all of this link could be used",
      lines: problems,
    });
  return problems;
}

// --- settings drawer and undo --------------------------------------------------------------------------------------

const undo = new Undo((before, after) => changeText(before, after, table));
const undoButtons = new UndoButtons(
  Object.fromEntries(
    ["undo", "redo"].map((name) => [name, [...document.querySelectorAll(`[data-settings="${name}"]`)]]),
  ),
  find("#undone"),
  { onUndo: () => travel(undo.undo(), "Undone"), onRedo: () => travel(undo.redo(), "Redone") },
);
const drawer = new Drawer(find("#settings"), find("#open-settings"), {
  check: checkSettings,
  stage: standing,
  onLive: changeLive,
  onApply: change,
  onTrain: () => find(`[data-action="${pair.state === "running" ? "pause" : "play"}"]`).click(),
});

/** What the engine has to say on settings of both, in its words. */
async function checkSettings(wanted) {
  const engine = await deskEngine();
  const remarks = new Set();
  for (const letter of LETTERS) {
    const { remark } = await engine.check({ settings: settingsText(engineSettings(wanted, letter)) });
    if (remark) remarks.add(remark);
  }
  return { remark: [...remarks].join("; ") };
}

/** The settings in force have changed: they can be gone back from, and the drawer shows them. */
function remember() {
  undo.record(settings);
  drawer.show(settings);
  showUndo();
}

function showUndo() {
  if (!table) return;
  const seen = (step) => step && { text: step.text, restarts: restarts(step.settings) };
  undoButtons.show({ undo: seen(undo.back), redo: seen(undo.forth) });
}

/** As runStage(), for words: what trains is under way, though no frame may have said so yet. */
function standing() {
  return pair.state === "running" ? "going" : runStage();
}

let watched = "";

/** Where the run stands decides what a change would cost: the drawer and Undo say so. */
function watchStage() {
  const seen = `${pair.state} ${standing()}`;
  if (seen === watched) return;
  watched = seen;
  drawer.showStage(pair.state);
  showUndo();
}

/** True when going to these settings ends a run that is worth something. */
function restarts(target) {
  const stage = standing();
  if (stage === "fresh") return false;
  return stage === "over" || differences(settings, target, table).some(({ option }) => option.restart);
}

/** Goes back or forth to settings that were in force. */
function travel(taken, word) {
  if (!taken) return;
  const again = restarts(taken.settings);
  if (again || runStage() !== "going") change(taken.settings);
  else changeLive(taken.settings, true);
  const words = `${word}: ${taken.text}.${again ? " The run begins again." : ""}`;
  if (drawer.isOpen) drawer.say(words);
  else undoButtons.say(words);
}

// --- showing -------------------------------------------------------------------------------------------------------

function showControls() {
  find("#preset").value = presetNameOf(settings, table);
  controls.data.set(dataName());
  find("#speed").closest(".field").hidden = !datasetOf(table, dataName())?.generated;
  for (const letter of LETTERS) contenders[letter].showSettings(settings[letter], settings[letter][KEYS.regularizer]);
  controls.network.show(settings.shared[KEYS.layers] ?? datasetOf(table, dataName())?.layers ?? "");
  controls.seed.set(settings.shared[KEYS.seed] ?? byKey(table).get(KEYS.seed).default);
}

function showStart(answers) {
  run = {
    layers: answers.a.layers,
    dataset: answers.a.dataset,
    scale: fixedScale(answers.a.layers),
    pulls: { a: answers.a.pulls, b: answers.b.pulls },
    records: { a: [], b: [] },
    first: { a: answers.a.metrics, b: answers.b.metrics },
    frames: { a: null, b: null },
    began: settings,
    changes: { a: [], b: [] },
    planned: {
      a: [...(opened?.changes.a ?? [])],
      b: [...(opened?.changes.b ?? [])],
    },
    epochs: answers.a.metrics.epochs,
    resolved: { a: answers.a.settings, b: answers.b.settings },
  };
  fillControls();
  for (const letter of LETTERS) {
    const resolved = run.resolved[letter];
    contenders[letter].showSettings(resolved, resolved[KEYS.regularizer]);
  }
  controls.network.show(answers.a.settings[KEYS.layers]);
  timeLeft.rest();
  views.start({ layers: run.layers, picture: run.dataset });
  layout();
  if (filigree) showBelow();
}

/** The run's names and shapes in what stands below the stage. */
function showBelow() {
  describeEngines(pair.engines);
  describePenalties(LETTERS.map((letter) => run.resolved[letter][KEYS.regularizer]));
  const names = Object.fromEntries(LETTERS.map((letter) => [letter, nameOf(letter)]));
  const colours = palette();
  for (const letter of LETTERS) find(`[data-filigree="${letter}"] [data-filigree=name]`).textContent = names[letter];
  digit.start({ dataset: run.dataset, names, colours });
  digit.clear();
  filigree.start({ layers: run.layers, dataset: run.dataset, names, colours });
  drawCharts({ anew: true });
}

function layout() {
  if (!run) return;
  cancelAnimationFrame(layoutDue);
  layoutDue = 0;
  const colours = palette();
  // All is measured before anything is changed: the browser lays the page out once.
  // The stage and what stands just below it fill the first screen, where that leaves the matrices enough room.
  const top = find(".matrices").getBoundingClientRect().top + window.scrollY;
  const rest = find(".facts").offsetHeight + find("#views").offsetHeight + find("#below").offsetHeight + BELOW;
  const least = display.projector ? LEAST_PROJECTED : LEAST_BOX;
  const boxHeight = Math.min(900, Math.max(least, window.innerHeight - top - rest));
  const boxWidths = Object.fromEntries(LETTERS.map((letter) => [letter, contenders[letter].matrices.boxWidth]));
  filigree?.layout(colours);
  digit.layout(colours);
  const scales = { weights: run.scale, pull: pullScale(LETTERS.flatMap((letter) => run.pulls[letter])) };
  const how = views.layout({ scales, colours });
  for (const letter of LETTERS) {
    contenders[letter].matrices.layout({
      ...how,
      name: `${letter.toUpperCase()} (${contenders[letter].label})`,
      layers: run.layers,
      picture: run.dataset,
      boxWidth: boxWidths[letter],
      boxHeight,
    });
  }
}

let layoutDue = 0;

/** The same, and all drawings, in tasks of their own after the browser has laid out by itself what changed. */
function layoutSoon() {
  cancelAnimationFrame(layoutDue);
  layoutDue = requestAnimationFrame(() =>
    setTimeout(() => {
      layout();
      drawCharts({ anew: true });
      drawLegend().catch(report);
      pair.redraw().catch(report);
    }, 0),
  );
}

/** The words on the penalties that are in the ring. */
function describePenalties(names) {
  find("#penalties").replaceChildren(
    ...table.regularizers
      .filter(({ name }) => names.includes(name))
      .flatMap(({ label, help }) => {
        const term = document.createElement("dt");
        term.textContent = label;
        const words = document.createElement("dd");
        words.textContent = sentence(help);
        return [term, words];
      }),
  );
}

/** The colours of the key, when they are new. */
async function drawLegend() {
  const size = { width: KEY_WIDTH, height: KEY_HEIGHT };
  const drawn = await Promise.all(
    PALETTES.map((_, place) => pair.legend({ ...size, theme: 2 * place + engineTheme() })),
  );
  views.setKeys(Object.fromEntries(PALETTES.map((name, place) => [name, drawn[place]])));
  microscope.setColours(drawn[0]);
}

/** Charts with work to do: chart -> {anew, room}: made anew, fitted to its room. One is drawn a frame, so that no task is long. */
const chartWork = new Map();

function drawCharts({ anew = false } = {}) {
  for (const chart of charts) dueChart(chart, { anew });
}

function dueChart(chart, { anew = false, room = false }) {
  const due = chartWork.get(chart);
  chartWork.set(chart, { anew: anew || due?.anew === true, room: room || due?.room === true });
}

/** Loads the charts, which are a script of their own: half of all of the page's, and nothing that the stage waits for. */
async function loadCharts() {
  try {
    const { makeCharts } = await import(fileAddress("charts/all.js"));
    charts = makeCharts(document);
    for (const chart of charts) chart.onRoom = () => dueChart(chart, { room: true });
    drawCharts({ anew: true });
  } catch (error) {
    const lines = [`${error.message}. Everything else works; reload the page to try again.`];
    notices.show("charts", { alert: true, heading: "The charts could not be loaded", lines });
  }
}

function drawOneChart() {
  const [work] = chartWork;
  if (!work || !run?.frames.a || !run.frames.b) return;
  const [chart, { anew, room }] = work;
  chartWork.delete(chart);
  if (room && !anew) chart.resize();
  if (anew) {
    const labels = Object.fromEntries(LETTERS.map((letter) => [letter, contenders[letter].label]));
    const anchors = anchorsFor(dataName(), run.layers);
    published.show(anchors);
    chart.reset({ labels, epochs: run.epochs, colours: palette(), anchors });
  }
  chart.render(chartLines(), divergedEpochs());
}

/** The lines of the charts: what was before the first epoch, then the records. */
function chartLines() {
  return Object.fromEntries(
    LETTERS.map((letter) => {
      const records = run.records[letter];
      return [letter, records[0]?.epoch === 0 ? records : [{ ...run.first[letter], epoch: 0 }, ...records]];
    }),
  );
}

/** By letter the epoch, with a fraction, in which a contender diverged, or null; the charts mark it, the page says it. */
function divergedEpochs() {
  const found = Object.fromEntries(
    LETTERS.map((letter) => {
      const { state, diverged_step: at, steps_per_epoch: steps } = run.frames[letter]?.metrics ?? {};
      return [letter, state === "diverged" ? at / steps : null];
    }),
  );
  const gone = LETTERS.filter((letter) => found[letter] !== null).map((letter) => letter.toUpperCase());
  const alert = find("#chart-alert");
  alert.hidden = gone.length === 0;
  alert.textContent =
    gone.length > 0
      ? `${gone.join(" and ")} diverged: the loss is no longer a number, and the lines end there (×). ` +
        "Try a tenth of the learning rate, or a smaller strength, then Restart."
      : "";
  return found;
}

let described = -Infinity;

/** The first pictures of both are there. */
let seeFirst;
const firstSeen = new Promise((resolve) => (seeFirst = resolve));

function showFrame(letter, frame) {
  if (!run) return;
  run.frames[letter] = frame;
  followPlan(letter, frame.metrics.step);
  contenders[letter].render(frame);
  views.render(letter, frame);
  filigree?.render(letter, frame);
  if (frame.edges && digit.inputs) predict();
  frame.records.forEach((record, index) => {
    run.records[letter][frame.firstRecord + index] = record;
  });
  if (frame.records.length > 0) drawCharts();
  if (frame.metrics.state === "diverged") {
    drawCharts();
    contenders[letter].mark(
      `Diverged at step ${count(frame.metrics.diverged_step)}: the loss is no longer a number. ` +
        "Try a smaller learning rate or strength, then Restart.",
    );
  }
  find("#comparison").textContent = compare(
    run.frames.a?.metrics,
    run.frames.b?.metrics,
    Object.fromEntries(LETTERS.map((each) => [each, `${each.toUpperCase()} (${contenders[each].label})`])),
  );
  for (const each of LETTERS) {
    const other = LETTERS.find((name) => name !== each);
    contenders[each].compare(versus(run.frames[each]?.metrics, run.frames[other]?.metrics, other.toUpperCase()));
  }
  showProgress();
  watchStage();
  const now = performance.now();
  if (pair.state !== "running") describe();
  else if (now - described > DESCRIBE_INTERVAL) {
    described = now;
    setTimeout(describe); // the picture first
  }
  if (run.frames.a && run.frames.b) seeFirst();
}

/** The texts for screen readers. */
function describe() {
  if (!run) return;
  described = performance.now();
  for (const each of LETTERS) if (run.frames[each]) contenders[each].describe();
  views.describe();
  filigree?.describe();
}

function showProgress() {
  const metrics = LETTERS.map((letter) => run?.frames[letter]?.metrics).filter(Boolean);
  const behind = metrics.reduce((least, each) => (least && least.step <= each.step ? least : each), null);
  const diverged = metrics.some((each) => each.state === "diverged");
  const left = behind && pair.state === "running" ? timeLeft.note(behind, performance.now() / 1000) : timeLeft.rest();
  transport.render({ state: pair.state, metrics: behind, diverged, left });
}

function showState(state) {
  if (state === "running" || state === "paused") startDrawing();
  showProgress();
  watchStage();
  if (state === "paused" || state === "ended") filigree?.settle();
  if (state === "paused" || state === "ended") checkMoment();
  if (state === "running") notices.say("Training.");
  if (state === "paused" && run?.frames.a?.metrics.step > 0) {
    notices.say(`Paused at step ${count(run.frames.a.metrics.step)}.`);
  }
  if (state === "ended") {
    const diverged = LETTERS.some((letter) => run.frames[letter].metrics.state === "diverged");
    notices.say([...(diverged ? [] : ["Finished."]), ...LETTERS.map(outcome)].join(" "));
  }
}

function outcome(letter) {
  const { state, diverged_step: at, nonzeros, test_accuracy: accuracy } = run.frames[letter].metrics;
  const name = letter.toUpperCase();
  if (state === "diverged") return `${name}: diverged at step ${count(at)}.`;
  return `${name}: ${count(nonzeros)} nonzero weights, ${percentage(accuracy)} % test accuracy.`;
}

/** An engine died and is replaced: calm news, for the run goes on by itself. */
function showRecovery(event) {
  notices.show("recovery", recoveryWords(event));
  if (event.back) describeEngines(pair.engines);
}

/** True when memory was refused: to the engine, or to what loads it (browsers differ in their words). */
function isMemory({ name, message }) {
  return name === "STATUS_MEMORY" || (name === "ENGINE_LOAD" && /memory|allocat/i.test(message));
}

/** Errors in words, in the page. */
function report(error, letter) {
  console.warn(error);
  loading.end();
  const lost = error instanceof EngineError && error.name.startsWith("ENGINE_");
  notices.show("run", {
    alert: true,
    heading: letter ? `Contender ${letter.toUpperCase()} stopped` : "That did not work",
    lines: [
      error?.message ?? String(error),
      ...(lost ? ["Restart takes a fresh engine and begins again at step 0."] : []),
      ...(isMemory(error ?? {})
        ? ["Close other tabs or programs, or take smaller layers or a smaller batch, then start again."]
        : []),
    ],
    action: { label: "Start again", run: () => begin() },
  });
}

// --- controls ------------------------------------------------------------------------------------------------------

const controls = {};
let controlsMade = false;

/** The controls of the bar and the contenders, made from the table; once. */
function makeControls() {
  if (controlsMade) return;
  controlsMade = true;
  const options = byKey(table);
  const choices = (table.presets ?? []).map(({ name, label, help }) => ({ value: name, label, help }));
  const presets = find("#preset");
  fillSelect(presets, [{ value: "", label: "Your own" }, ...choices]);
  presets.options[0].hidden = true;
  presets.title = "Data and both contenders at once; a change restarts the run";
  presets.addEventListener("change", () => {
    const preset = table.presets.find(({ name }) => name === presets.value);
    if (preset) change(withPreset(settings, preset));
  });
  controls.data = bindChoice(find("#data"), options.get(KEYS.data), {
    labelOf: ({ value }) => dataLabel(value),
    onChange: (value) => (value === OWN ? chooseOwn() : change(withData(settings, value, table))),
  });
  const own = new Option("Own data …", OWN);
  own.title = "A CSV file or IDX files from your disk, read in this page only";
  find("#data").append(own);
  controls.network ??= new NetworkField(find("#network"), {
    onChange: changeNetwork,
    onProblem: (text) => notices.show("value", { heading: "This network cannot be trained", lines: [text] }),
  });
  controls.network.setOption(options.get(KEYS.layers));
  controls.seed = bindNumber(find("#seed"), options.get(KEYS.seed), {
    onProblem: (text) => notices.show("value", { heading: text }),
    onChange: (value) => change(withValue(settings, "shared", KEYS.seed, value)),
  });
  for (const letter of LETTERS) {
    contenders[letter].setTable({
      regularizers: table.regularizers,
      strengths: strengthsOf(table),
      labelOf: strengthLabel,
    });
  }
}

/** The same for the first run, with its settings. */
function fillControls() {
  if (controlsMade) return;
  makeControls();
  showControls();
}

/** Other widths: the engine judges them before they take the place of the present run. */
async function changeNetwork(layers) {
  const own = layers === "" || layers === datasetOf(table, dataName())?.layers;
  const next = own
    ? withDefault(settings, "shared", byKey(table).get(KEYS.layers), table)
    : withValue(settings, "shared", KEYS.layers, layers);
  await checkSettings(next);
  if (!own) checkEnds(layers);
  change(next);
}

/** The first and the last width are the data's. */
function checkEnds(layers) {
  if (!run) return;
  const { inputs, classes } = run.dataset;
  const widths = layers.split(",").map(Number);
  if (widths[0] === inputs && widths.at(-1) === classes) return;
  throw new RangeError(
    `${dataLabel(dataName())} has ${count(inputs)} inputs and ${count(classes)} classes: ` +
      `begin with ${inputs} and end with ${classes}, such as ${[inputs, ...widths.slice(1, -1), classes].join("-")}.`,
  );
}

function showDisplay() {
  find("#projector").setAttribute("aria-pressed", String(display.projector));
  showTheme();
}

function showTheme() {
  find("#theme").textContent = isDark() ? "Light theme" : "Dark theme";
  if (!run) return;
  layoutSoon();
}

function makeFiligree() {
  filigree ??= new Filigree(find("#filigree"), {
    worker: new Worker(fileAddress("filigree.worker.js"), { type: "module" }),
    calm: () => calm.matches,
    describe: (letter) => ({ heading: nameOf(letter), line: posterLine(run.frames[letter].metrics) }),
    onProblem: (text) => notices.show("value", { heading: text }),
  });
}

/** What the first view does not need, one after the other: no task is long, and what people do comes in between. */
async function makeBelow() {
  const rest = () => new Promise((resolve) => setTimeout(resolve));
  await rest();
  if (!filigree) {
    makeFiligree();
    if (run) {
      showBelow();
      pair.redraw().then(() => filigree.settle(), report); // where nothing trains
    }
  }
  await rest();
  microscope.setTable(table);
  await drawer.build(rest);
}

/** Draws whenever the browser does, once there is something to draw. */
let drawing = false;

function startDrawing() {
  if (drawing) return;
  drawing = true;
  const draw = () => {
    heartbeat.drawn();
    pair.tick();
    if (chartWork.size > 0) setTimeout(drawOneChart); // a task of its own
    requestAnimationFrame(draw);
  };
  requestAnimationFrame(draw);
}

/** A hidden page draws nothing, but its run goes on. */
let heartbeat = null;

function wire() {
  // Workers are refused here and now, or not at all.
  if (!hasAhead()) makeFiligree();
  find("#theme").addEventListener("click", () => {
    display.theme = isDark() ? "light" : "dark";
  });
  find("#projector").addEventListener("click", () => {
    display.projector = !display.projector;
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showTheme);
  find("#speed").addEventListener("change", () => {
    if (run?.frames.a) pair.setSpeed(stepsPerSecond(run.frames.a.metrics));
  });
  window.addEventListener("hashchange", async () => {
    if (!table) return;
    try {
      await openLink();
      if (hasMoment(opened)) wantsPlay ||= !calm.matches;
      await begin();
    } catch (error) {
      report(error);
    }
  });
  document.addEventListener("keydown", (event) => {
    const { target } = event;
    if (event.key === "," && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      if (drawer.isOpen) drawer.close();
      else drawer.open({ gently: true });
    }
    const typing = target.closest?.("input, select, textarea, button, a, summary, [contenteditable]");
    if (event.code !== "Space" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    find(`[data-action="${pair.state === "running" ? "pause" : "play"}"]`).click();
  });

  let width = 0;
  let stageDue = 0;
  new ResizeObserver(() => {
    const now = find("#stage").clientWidth;
    if (now === width || !run) return;
    width = now;
    // In a task of its own: the browser has just laid out the page.
    stageDue ||= setTimeout(() => {
      stageDue = 0;
      if (layoutDue) return;
      layout();
      pair.redraw().catch(report);
      settle();
    });
  }).observe(find("#stage"));

  // The address is the run's: the way past the bar must not change it.
  find(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    find("#stage").focus();
    find("#stage").scrollIntoView();
  });

  heartbeat = new Heartbeat({
    makeWorker: () => new Worker(fileAddress("heartbeat.worker.js"), { type: "module" }),
    beat: () => pair.tick(),
  });
}

async function open() {
  // It says that nothing came; the style sheet shows it after some seconds.
  find("#not-started").remove();
  showTheme();
  showDisplay();
  const missing = [
    [typeof WebAssembly === "object" && hasSimd(), "WebAssembly with SIMD, in which its engine is written"],
    [typeof Worker === "function", "web workers, in which its networks train"],
    [typeof OffscreenCanvas === "function", "canvases for workers, on which it draws"],
  ]
    .filter(([there]) => !there)
    .map(([, what]) => what);
  if (missing.length > 0) {
    notices.show("browser", {
      alert: true,
      heading: "This browser cannot run Filigree",
      lines: [`It lacks ${missing.join(" and ")}. A current Firefox, Chrome, Edge or Safari has both.`],
    });
    transport.render({ state: "failed", metrics: null });
    dropAhead();
    return;
  }
  try {
    wire();
  } catch (error) {
    notices.show("browser", {
      alert: true,
      heading: "Filigree cannot run here",
      lines: [
        `The browser refuses what it needs: ${error.message}`,
        "In a frame, allow-scripts and allow-same-origin are needed; elsewhere look at the browser's settings for this site.",
      ],
    });
    transport.render({ state: "failed", metrics: null });
    return;
  }
  place.open(settled());
  await prepare();
}

/** Resolves once the page's beginning is over: the first pictures were there for a while, or never came. Then all is laid out. */
async function settled() {
  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  for (let waited = 0; waited < SETTLED_WITHIN && !run?.frames.a; waited += SETTLED_AFTER) await pause(SETTLED_AFTER);
  await loadCharts();
  await pause(SETTLED_AFTER);
  await settle();
}

let settling = 0;

/**
 * What is out of sight is not laid out with the rest, but piece by piece: after the beginning, and when all of it changes. Each
 * piece is laid out until its size was seen, which then stands for it as long as it is out of sight.
 */
async function settle() {
  const turn = ++settling;
  const sections = document.querySelectorAll(".charts, .microscope, .words");
  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  for (const section of sections) section.classList.remove("settled");
  for (const section of sections) {
    await pause(SETTLE_INTERVAL);
    if (turn !== settling) return;
    section.classList.add("settled");
    await pause(SETTLE_INTERVAL);
    // Words are cheap, and the end of the page is gone to at once.
    if (!section.matches(".words")) section.classList.remove("settled");
  }
}

let preparing = false;

/** Loads the engines and builds what their table describes; called again after a failure. */
async function prepare() {
  if (preparing) return;
  preparing = true;
  try {
    const engines = await pair.load();
    dropAhead();
    table = engines.a.options;
    await openLink();
    drawer.setTable(table, settings);
    // Toy data move at once where motion is welcome; what must be downloaded waits for Play.
    wantsPlay ||= !calm.matches && (datasetOf(table, dataName())?.generated === true || hasMoment(opened));
    const begun = begin({ first: true });
    begun.catch(() => {}); // it is awaited below
    // The engines are busy with it meanwhile.
    await new Promise((resolve) => setTimeout(resolve));
    fillControls();
    await begun;
    drawLegend().catch(report);
    openEmbed();
    await Promise.race([firstSeen, new Promise((resolve) => setTimeout(resolve, SETTLED_AFTER))]);
    describeEngines(engines);
    await makeBelow();
  } catch (error) {
    report(error);
  } finally {
    preparing = false;
  }
}

open();
