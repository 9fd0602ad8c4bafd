import { Command } from 'commander'

/** Ours rather than commander's, which answers a topic that there is not with the whole list and without a word. */
export const help = (program: Command): Command =>
  new Command('help')
    .description('what a command does, with examples; also: help exit-codes')
    .argument('[command...]', 'like: policy check')
    .action(async (names: readonly string[]) => {
      let shown = program
      for (const [at, name] of names.entries()) {
        if (shown.commands.length === 0) break
        const found = shown.commands.find((one) => one.name() === name)
        // Says that there is none, and which one is like it.
        if (!found) return void (await program.parseAsync(names.slice(0, at + 1), { from: 'user' }))
        shown = found
      }
      shown.outputHelp()
    })
