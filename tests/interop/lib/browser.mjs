// Browsers as the tests start them.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';

/**
 * Chromium with a fake camera and microphone; `close()` ends it. `executablePath` may name a wrapper that enters a
 * namespace. `isAllowed`: pages have the devices without being allowed to; else the test grants permissions.
 */
export function launchChromium({ args = [], executablePath = '/usr/bin/chromium', isAllowed = true } = {}) {
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--use-fake-device-for-media-stream=fps=30',
      ...(isAllowed ? ['--use-fake-ui-for-media-stream'] : []), '--autoplay-policy=no-user-gesture-required',
      '--allow-loopback-in-peer-connection', '--disable-features=WebRtcHideLocalIpsWithMdns',
      '--disable-background-timer-throttling', '--disable-renderer-backgrounding',
      '--disable-backgrounding-occluded-windows', ...args,
    ],
  });
}

/** Firefox ESR with a fake camera and microphone. `executablePath` may name a wrapper that enters a namespace. */
export async function launchFirefox({ executablePath = '/usr/bin/firefox-esr' } = {}) {
  const profile = await mkdtemp(path.join(os.tmpdir(), 'heddle-firefox-'));
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    userDataDir: profile,
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      'media.peerconnection.ice.loopback': true,
      'media.peerconnection.ice.obfuscate_host_addresses': false,
      'media.autoplay.default': 0,
      // Of two pages one is behind the other: its timers go on as if it were seen, as Chromium's do by its options.
      'dom.min_background_timeout_value': 4,
      'dom.timeout.enable_budget_timer_throttling': false,
      'media.autoplay.blocking_policy': 0,
    },
  });
  const close = browser.close.bind(browser);
  browser.close = async () => {
    await close();
    await rm(profile, { recursive: true, force: true });
  };
  return browser;
}
