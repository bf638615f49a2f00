import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig } from 'vite';

const OUT = '../../src/huasuan/app/http/static/v1';

/** What other people's pages load: small, without a dependency, under an address with a version. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [
    {
      name: 'packed',
      closeBundle() {
        const path = join(import.meta.dirname, OUT, 'track.js');
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
      },
    },
  ],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: 'es2020',
    lib: { entry: 'track.ts', formats: ['iife'], name: 'huasuanTrack', fileName: () => 'track.js' },
  },
});
