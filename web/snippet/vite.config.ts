import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig } from 'vite';

const OUT = '../../src/huasuan/app/http/static/v1';

const NAMES = { track: 'huasuanTrack', callback: 'huasuanCallbackScript', form: 'huasuanForm' } as const;
// One file without a shared part for each script of ours, so each is built by itself: `--mode callback`.
const known = (mode: string): mode is keyof typeof NAMES => mode in NAMES;

/** What other people's pages load: small, without a dependency, under an address with a version. */
export default defineConfig(({ mode }) => {
  const script = known(mode) ? mode : 'track';
  return {
  root: import.meta.dirname,
  plugins: [
    {
      name: 'packed',
      closeBundle() {
        const path = join(import.meta.dirname, OUT, `${script}.js`);
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
      },
    },
  ],
  build: {
    outDir: OUT,
    emptyOutDir: script === 'track',
    target: 'es2020',
    lib: { entry: `${script}.ts`, formats: ['iife'], name: NAMES[script], fileName: () => `${script}.js` },
  },
  };
});
