// The tiles of a call: which there are, in which order, on which page, in which layout; and everybody's audio.

import { FreezeDetector } from './freeze.js';
import { text } from '../i18n.js';
import { isolated, nameWords } from './name.js';
import { RovingFocus } from './roving_focus.js';
import { Tile } from './tile.js';
import { sizeOf } from '../view.js';
import { clearOfNames, newestLast, placesOn, placeTiles, speakersFirst, tilesOf } from './layout.js';

const SELF = 'self';
const SCREENS = ['screen', 'screen-2'];
const PRIORITIES = { main: 200, screen: 150, person: 100 };
const SAVED = { width: 320, height: 180 }; // pixels that are asked for at most when data is to be saved

export class Stage {
  /**
   * @param {HTMLElement} element
   * @param {import('../call.js').Call} call
   * @param {import('./audio.js').AudioElements} audio everybody's
   * @param {() => void} onChange the layout is another one, or has other pages
   * @param {(words: string) => void} say to screen readers
   */
  constructor(element, call, audio, onChange, say) {
    this.say = say;
    this.onChange = onChange;
    this.element = element;
    this.call = call;
    this.tiles = new Map(); // by key
    this.audio = audio;
    this.speakers = [];
    this.pictures = new Map(); // of the others: FreezeDetector by key
    this.frozen = new Set(); // keys of pictures that are frozen
    this.quality = { own: 'good', others: new Map() };
    this.isLost = false; // a connection of the call
    /** @type {import('./layout.js').Layout} */
    this.layout = 'grid';
    /** @type {'all'|'small'|'none'} which of the others' pictures come */
    this.requested = 'all';
    this.order = []; // of the others' ids: who speaks comes to the first page
    this.spoke = new Map(); // when, by id
    this.places = 0;
    this.screens = []; // publications of the others, the newest last
    this.requestedPage = 0;
    this.page = 0;
    this.mainIndex = -1; // of the tiles that are shown
    this.first = 0; // how many tiles are on the first page
    this.pinned = ''; // the key of the tile that the person chose to be large
    this.pins = new RovingFocus(element, '.pin');
    this.showsStatistics = false;
    this.resize = new ResizeObserver(() => this.#resized());
    this.resize.observe(element);
    this.foot = element.parentElement.querySelector('.foot');
    this.footHeight = 0; // of what is said, in px
    this.below = 0; // the tiles, in px
    this.names = 0; // from the bottom to above those of the last row
    this.footResize = new ResizeObserver(([{ contentRect }]) => {
      this.footHeight = contentRect.height;
      this.#placeFoot();
    });
    this.footResize.observe(this.foot);
  }

  close() {
    this.resize.disconnect();
    this.footResize.disconnect();
    this.audio.close();
    this.tiles.clear();
    this.element.replaceChildren();
  }

  setLayout(layout) {
    this.layout = layout;
    this.pinned = '';
    this.update();
  }

  /** Makes a tile the large one until it is unpinned, or gone. */
  #pin(key) {
    this.pinned = this.pinned === key ? '' : key;
    this.onChange();
  }

  /** A grid has no large tile: it is there again when nothing is pinned. */
  get #shownLayout() {
    return this.pinned && this.layout === 'grid' ? 'speaker' : this.layout;
  }

  get #placesNow() {
    return placesOn(this.#shownLayout, this.element.clientWidth, this.element.clientHeight);
  }

  /** @param {'all'|'small'|'none'} pictures */
  setPictures(pictures) {
    this.requested = pictures;
    this.update();
  }

  #resized() {
    if (this.#placesNow === this.places) this.#fit();
    else this.onChange();
  }

  turnPage(step) {
    this.requestedPage = this.page + step;
    this.onChange();
    this.call.tellView(); // somebody waits for these pictures
  }

  setSpeakers(speakers) {
    this.speakers = speakers;
    for (const id of speakers) this.spoke.set(id, performance.now());
    this.update();
  }

  /** @param {{own: import('../quality.js').Level, others: Map<string, import('../quality.js').Level>}} quality */
  setQuality({ own, others }) {
    const { quality } = this;
    const isSame = own === quality.own && others.size === quality.others.size && [...others].every(([id, level]) => quality.others.get(id) === level);
    this.quality = { own, others };
    if (!isSame) this.update();
  }

  /**
   * Call it some times a second: looks which pictures stand still. A screen may, unless a connection is lost.
   * @param {number} now
   */
  watchPictures(now) {
    const { isLost } = this;
    const frozen = new Set();
    for (const { key, publication, isSelf, isScreen, isAway, videoMuted, isPaused } of this.entries()) {
      const tile = this.tiles.get(key);
      const isSeen = tile?.element.parentNode === this.element && !document.hidden;
      const isExpected = isSeen && this.requested !== 'none' && !isSelf && !isAway && !videoMuted && !isPaused && this.call.tracks.has(publication) && (isLost || !isScreen);
      if (!this.pictures.has(key)) this.pictures.set(key, new FreezeDetector());
      if (tile && this.pictures.get(key).read(tile.frames, now, { isExpected, isLost })) frozen.add(key);
    }
    const isSame = frozen.size === this.frozen.size && [...frozen].every((key) => this.frozen.has(key));
    this.frozen = frozen;
    if (!isSame) this.update();
  }

  /** Everything that has a tile: screens first, then people, those who are away after them, oneself last. */
  entries() {
    const entries = [];
    const isHere = (id) => this.call.participants.has(id); // who has just left is in the order until it is drawn again
    const people = this.order.filter(isHere).map((id) => this.call.participants.get(id)).sort((a, b) => Number(a.state !== 'active') - Number(b.state !== 'active'));
    const speaks = (id) => this.speakers.includes(id);
    const muted = (participant, source) => participant.publications.find((publication) => publication.source === source)?.muted ?? true;
    const { shown: mixer, coversAll } = this.call.mixed;
    for (const participant of people) entries.push(...(coversAll ? [] : this.#screensOf(participant)));
    if (mixer) entries.push({ key: 'mix', publication: `${mixer}/mix-video`, name: text('mixTile'), isMix: true, isScreen: false, isAway: false, audioMuted: false, videoMuted: false, isPaused: this.call.paused.has(`${mixer}/mix-video`), unplayable: this.#unplayable(mixer, 'mix-video', 'mix'), participant: mixer });
    for (const participant of people) {
      if (!mixer) entries.push({ key: participant.id, publication: `${participant.id}/camera`, name: participant.name, isScreen: false, isAway: participant.state !== 'active', audioMuted: muted(participant, 'microphone'), videoMuted: muted(participant, 'camera'), isLeftOut: this.requested === 'none', isPaused: this.call.paused.has(`${participant.id}/camera`), isUnheard: this.call.paused.has(`${participant.id}/microphone`), unplayable: this.#unplayable(participant.id, 'camera', 'microphone'), isSpeaking: speaks(participant.id), isHandUp: Boolean(participant.hand), participant: participant.id });
      if (!coversAll) entries.push(...this.#secondCameraOf(participant));
    }
    const source = (name) => this.call.sources.get(name);
    if (source('camera-2')) entries.push({ key: `${SELF}/camera-2`, publication: '', name: this.call.name, isScreen: false, isSecond: true, isAway: false, isSelf: true, track: source('camera-2').track, audioMuted: false, videoMuted: false, participant: this.call.self });
    entries.push({ key: SELF, publication: '', name: this.call.name, isScreen: false, isAway: false, isSelf: true, track: source('camera')?.track, audioMuted: source('microphone')?.muted ?? true, videoMuted: source('camera')?.muted ?? true, isSpeaking: speaks(this.call.self), isHandUp: this.call.hand > 0, participant: this.call.self });
    return entries;
  }

  #screensOf({ id, name, state, publications }) {
    return SCREENS.filter((screen) => publications.some(({ source }) => source === screen)).map((screen) => {
      const publication = `${id}/${screen}`;
      return { key: publication, publication, name, isScreen: true, isSecond: screen !== SCREENS[0], isAway: state !== 'active', audioMuted: false, videoMuted: false, unplayable: this.#unplayable(id, screen, `${screen}-audio`), participant: id };
    });
  }

  /** It is silent, so that nobody is marked as muted there. */
  #secondCameraOf({ id, name, state, publications }) {
    const publication = publications.find(({ source }) => source === 'camera-2');
    return publication ? [{ key: publication.id, publication: publication.id, name, isScreen: false, isSecond: true, isAway: state !== 'active', audioMuted: false, videoMuted: publication.muted, isLeftOut: this.requested === 'none', isPaused: this.call.paused.has(publication.id), unplayable: { video: this.call.unsupported.get(publication.id) }, participant: id }] : [];
  }

  #unplayable(id, video, audio) {
    const { unsupported } = this.call;
    return { video: unsupported.get(`${id}/${video}`), audio: unsupported.get(`${id}/${audio}`) };
  }

  /**
   * A screen is to be read, so the first one that is shared is made large, and a newer one in its place; the button
   * leads back to the grid.
   */
  #followScreens() {
    const before = this.screens;
    const shared = this.call.publications().filter(({ source }) => SCREENS.includes(source)).map(({ id }) => id);
    this.screens = newestLast(before, shared);
    for (const id of this.screens.slice(before.filter((known) => shared.includes(known)).length)) this.#tellScreen(id);
    if ((this.screens.length > 0) === (before.length > 0)) return;
    if (this.screens.length > 0) this.layoutBefore = this.layout;
    this.layout = this.screens.length > 0 ? 'speaker' : this.layoutBefore;
  }

  /** @param {string} publication a screen that has just been shared */
  #tellScreen(publication) {
    const [id] = publication.split('/');
    this.say(text('sharesScreen', { name: isolated(nameWords(this.call.participants.get(id)?.name ?? '')) }));
  }

  /** All keep their place, but for a participant that speaks, or has a hand up, on a page that is not seen. */
  #sort() {
    const { participants } = this.call;
    const known = new Set(this.order);
    const order = [...this.order.filter((id) => participants.has(id)), ...[...participants.keys()].filter((id) => !known.has(id))];
    for (const id of this.spoke.keys()) if (!participants.has(id)) this.spoke.delete(id);
    const hands = order.filter((id) => participants.get(id).hand);
    this.order = this.page === 0 ? speakersFirst(order, [...hands, ...this.speakers], this.spoke, this.places - 1) : order; // what is looked at does not move
  }

  update() {
    this.#followScreens();
    this.places = this.#placesNow;
    this.#sort();
    const entries = this.entries();
    this.isLost = !['connected', 'connecting'].includes(this.call.status().state);
    if (this.pinned && !entries.some(({ key }) => key === this.pinned)) {
      this.pinned = '';
      this.places = this.#placesNow;
    }
    const keys = new Set(entries.map(({ key }) => key));
    for (const [key, tile] of this.tiles) {
      if (keys.has(key)) continue;
      tile.setTrack(null);
      this.tiles.delete(key);
      this.pictures.delete(key);
    }
    for (const entry of entries) this.#updateTile(entry);
    this.#arrange(entries);
    this.#updateAudio();
  }

  /** An element is heard some 30 ms after it begins: what is to take the place of another plays before it does. */
  #updateAudio() {
    const { mixed, tracks } = this.call;
    const playing = [...tracks].filter(([publication, { track }]) => track.kind === 'audio' && (mixed.isChanging || mixed.isShown(publication)));
    const muted = new Set(this.call.publications().filter((publication) => publication.muted).map(({ id }) => id));
    this.audio.update(new Map(playing.map(([publication, { track }]) => [publication, track])), (publication) => muted.has(publication) || !mixed.isShown(publication));
  }

  #updateTile(entry) {
    let tile = this.tiles.get(entry.key);
    if (!tile) {
      tile = new Tile(entry, () => this.#pin(entry.key), () => this.#fit());
      this.tiles.set(entry.key, tile);
    }
    const swapped = this.call.isSwitching ? (ms) => this.call.tellSwitch(entry.publication, ms) : undefined;
    tile.setTrack(entry.isSelf ? entry.track : this.call.tracks.get(entry.publication)?.track, entry.isSelf ? undefined : swapped);
    const isFrozen = this.frozen.has(entry.key);
    const hasWrongKey = this.call.encryption?.states.get(entry.participant) === 'wrong-key';
    tile.describe({ ...entry, hasWrongKey, quality: hasWrongKey ? undefined : this.#qualityOf(entry, isFrozen), isPinned: entry.key === this.pinned, isFrozen });
  }

  /** Undefined where nothing comes by which it could be told. */
  #qualityOf({ isSelf, isAway, participant }, isFrozen) {
    if (isSelf) return this.isLost ? 'poor' : this.quality.own;
    if (isAway || this.isLost) return undefined;
    return isFrozen ? 'poor' : this.quality.others.get(participant);
  }

  #arrange(entries) {
    const main = this.#main(entries);
    const { page, pages, shown } = tilesOf(entries, entries.at(-1), main, this.requestedPage, this.places);
    this.page = page;
    this.pages = pages;
    const elements = shown.map(({ key }) => this.tiles.get(key).element);
    const current = [...this.element.children];
    if (elements.length !== current.length || elements.some((element, index) => element !== current[index])) {
      const focused = document.activeElement;
      this.element.replaceChildren(...elements); // takes the focus from what is inside
      if (this.element.contains(focused)) focused.focus();
      this.pins.update();
    }
    for (const { key } of shown) this.tiles.get(key).play();
    for (const [key, tile] of this.tiles) tile.element.classList.toggle('main', key === main?.key);
    this.mainIndex = shown.indexOf(main);
    this.first = page === 0 ? shown.length : tilesOf(entries, entries.at(-1), main, 0, this.places).shown.length;
    this.#fit();
  }

  #main(entries) {
    const mix = entries.find(({ isMix }) => isMix); // it is a grid by itself
    if (this.#shownLayout === 'grid' && !mix) return null;
    return entries.find(({ key }) => key === this.pinned) ?? entries.find(({ key }) => key === this.screens.at(-1)) ?? mix ?? entries.find(({ participant, isSelf }) => !isSelf && this.speakers[0] === participant) ?? entries[0];
  }

  #fit() {
    const { clientWidth, clientHeight, children } = this.element;
    const gap = Number.parseFloat(getComputedStyle(this.element).getPropertyValue('--gap'));
    const main = [...this.tiles.values()].find((tile) => tile.element === children[this.mainIndex]);
    const places = placeTiles(children.length, this.mainIndex, clientWidth, clientHeight, gap, { layout: this.#shownLayout, ratio: main?.ratio, first: this.first });
    for (const [index, place] of places.entries())
      for (const [side, length] of Object.entries(place)) children[index].style[side] = `${length}px`;
    for (const tile of this.tiles.values()) tile.fit();
    const end = Math.max(0, ...places.map(({ top, height }) => top + height));
    this.below = clientHeight - end;
    const { bottom } = this.element.getBoundingClientRect();
    const lastRow = [...children].filter((child, index) => places[index].top + places[index].height > end - 1);
    this.names = Math.max(0, ...lastRow.map((tile) => bottom - tile.querySelector('.caption').getBoundingClientRect().top)); // with notes they have two lines
    this.#placeFoot();
    this.#tellView();
  }

  /** What is said over the tiles is where no names are, as long as that has room for it. */
  #placeFoot() {
    this.foot.style.setProperty('--up', `${clearOfNames(this.footHeight, this.below, this.names)}px`);
  }

  /** Tells the call which videos are on the screen and at which size, so that the router sends just those. */
  #tellView() {
    const view = new Map();
    const most = this.requested === 'small' ? SAVED : { width: Infinity, height: Infinity };
    for (const { key, publication, isSelf, isScreen } of this.entries()) {
      const { element } = this.tiles.get(key) ?? {};
      if (isSelf || element?.parentNode !== this.element || (this.requested === 'none' && !isScreen)) continue;
      const { width, height } = element.getBoundingClientRect();
      const priority = element.classList.contains('main') ? PRIORITIES.main : isScreen ? PRIORITIES.screen : PRIORITIES.person;
      const size = sizeOf(width, height, globalThis.devicePixelRatio);
      const asked = isScreen ? size : { width: Math.min(size.width, most.width), height: Math.min(size.height, most.height) }; // a screen is to be read
      if (width > 0 && height > 0) view.set(publication, { ...asked, priority });
    }
    this.call.setView(view);
  }

  /** Whether a participant's tile is on the page that is seen. @param {string} id */
  shows(id) {
    return this.tiles.get(id)?.element.parentNode === this.element;
  }

  /** The video that is looked at: the main one, or the first of the others. */
  mainVideo() {
    const shown = [...this.element.children];
    const element = shown[this.mainIndex] ?? shown[0];
    return element?.querySelector('video') ?? null;
  }

  /** Shows a reaction on somebody's tile for a moment. @param {string} participant @param {string} emoji */
  showReaction(participant, emoji) {
    this.tiles.get(participant === this.call.self ? SELF : participant)?.showReaction(emoji);
  }

  /** @param {Awaited<ReturnType<import('../stats.js').StatsReader['read']>>} read */
  showStatistics({ remotes, sent }) {
    this.tiles.get(SELF)?.showSent(sent, this.showsStatistics);
    const by = new Map(remotes.map((stats) => [stats.publication, stats]));
    for (const entry of this.entries().filter(({ isSelf }) => !isSelf)) {
      const audio = entry.isScreen ? `${entry.publication}-audio` : !entry.isSecond && `${entry.participant}/microphone`;
      this.tiles.get(entry.key)?.showStatistics(by.get(entry.publication), by.get(audio), this.showsStatistics);
    }
  }
}
