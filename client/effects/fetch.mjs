// Fetches what the page's noise suppression and background blur need, by npm, with the versions and hashes of
// package-lock.json, and puts it where the page looks for it: node client/effects/fetch.mjs [FOLDER]; without one,
// client/web/effects. None of it is part of the repository, and nobody but the own server serves it.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const target = path.resolve(process.argv[2] ?? path.join(here, '../web/effects'));

/** Files of the packages, by their name there. The one that the page's HTML names comes last: it says that all are. */
const files = {
  '@sapphi-red/web-noise-suppressor': {
    'LICENSE': 'web-noise-suppressor-license.txt',
    'dist/rnnoise_simd.wasm': 'rnnoise_simd.wasm',
    'dist/rnnoise/workletProcessor.js': 'rnnoise.js',
  },
  '@mediapipe/selfie_segmentation': {
    'package.json': 'selfie_segmentation.json', // its licence is named in there
    'selfie_segmentation.binarypb': 'selfie_segmentation.binarypb',
    'selfie_segmentation_landscape.tflite': 'selfie_segmentation_landscape.tflite',
    'selfie_segmentation_solution_simd_wasm_bin.js': 'selfie_segmentation_solution_simd_wasm_bin.js',
    'selfie_segmentation_solution_simd_wasm_bin.wasm': 'selfie_segmentation_solution_simd_wasm_bin.wasm',
    'selfie_segmentation.js': 'selfie_segmentation.js',
  },
};

const folder = mkdtempSync(path.join(os.tmpdir(), 'heddle-effects-'));
try {
  for (const name of ['package.json', 'package-lock.json']) copyFileSync(path.join(here, name), path.join(folder, name));
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  mkdirSync(target, { recursive: true });
  for (const [name, wanted] of Object.entries(files)) {
    for (const [from, to] of Object.entries(wanted)) {
      copyFileSync(path.join(folder, 'node_modules', name, from), path.join(target, to));
      chmodSync(path.join(target, to), 0o644); // the server may run as somebody else
    }
    const size = Object.values(wanted).reduce((sum, to) => sum + statSync(path.join(target, to)).size, 0);
    console.log(`${target}: ${name}, ${(size / 1e6).toFixed(1)} MB`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
