import { beforeEach, inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    rule: string
  }
}

/** Only tests that carry the broken rule's id can notice it: the others of the file are passed over. */
beforeEach(({ task, skip }) => {
  const names = [task.name]
  for (let { suite } = task; suite; { suite } = suite) names.push(suite.name)
  skip(!names.some((name) => name.includes(`[${inject('rule')}]`)))
})
