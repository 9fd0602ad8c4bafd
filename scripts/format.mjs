/** Formats every file, sorts imports and applies the safe fixes of the linter. */
import { main, must, tool } from './run.mjs'
import { setup } from './setup.mjs'

await main(async () => {
  await setup({ build: false })
  await must('Some findings need a hand: mend the ones above.', process.execPath, [
    tool('@biomejs/biome/bin/biome'),
    'check',
    '--write',
  ])
})
