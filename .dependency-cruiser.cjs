/**
 * The import law: who may know whom.
 *
 *   shared      nothing of ours
 *   domain      shared
 *   commands    domain, the store port, the clock
 *   adapters    (api, archive, auth, deadlines, subscriptions) the above and themselves, never each other;
 *               api may ask auth, and anyone may read another folder's ports.ts
 *   embedded, redis (stores)   the store port, the clock and the hash chain, never each other
 *   node.ts     the core and its adapters, between a store and connections it is given; parts.ts re-exports
 *   app.ts      all of them; index.ts re-exports; main.ts knows app.ts and config.ts
 *   client      shared
 *   console     shared and the operator client, as any browser would
 */
const { builtinModules } = require('node:module')

const UNIT_TEST = '\\.test\\.tsx?$'
const OURS = '^(shared|server|client-sdk|console|cli|test|examples)/'
const CORE = `^(node:)?(${builtinModules.join('|')})$`
const PORTS = [
  '^server/src/store/[^/]+\\.ts$',
  '^server/src/clock\\.ts$',
  '^server/src/private-folder\\.ts$',
  '^server/src/ports\\.ts$',
  '^server/src/[^/]+/ports\\.ts$',
]
const WITHIN = '^server/src/(domain|commands)/'

const only = (name, comment, path, allowed, to = {}) => ({
  name,
  comment,
  severity: 'error',
  from: { path, pathNot: UNIT_TEST },
  to: { path: OURS, pathNot: allowed, ...to },
})

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle has no reading order: move what both need into a third file.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'Every import leads somewhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    only('shared-knows-nobody', 'shared imports nothing of ours.', '^shared/src/', '^shared/src/'),
    {
      name: 'shared-runs-in-browsers',
      comment: 'shared and the operator client run in browsers: nothing they reach is part of Node.',
      severity: 'error',
      from: { path: '^(shared/src/|console/src/|client-sdk/src/operator\\.ts$)', pathNot: UNIT_TEST },
      to: { path: CORE, reachable: true },
    },
    {
      name: 'domain-is-pure',
      comment: 'domain imports shared and itself: no package, no Node, no adapter.',
      severity: 'error',
      from: { path: '^server/src/domain/', pathNot: UNIT_TEST },
      to: { pathNot: ['^server/src/domain/', '^shared/'] },
    },
    only('commands-know-ports', 'commands import domain, ports and shared.', '^server/src/commands/', [
      WITHIN,
      '^shared/',
      ...PORTS,
    ]),
    only(
      'embedded-knows-its-port',
      'The embedded store imports its port, the clock and shared.',
      '^server/src/store/embedded/',
      ['^server/src/store/embedded/', '^shared/', ...PORTS],
    ),
    only(
      'redis-knows-its-port',
      'The Redis store imports its port, the clock, the hash chain, the patches of documents, the texts of changes, and shared.',
      '^server/src/store/redis/',
      [
        '^server/src/store/redis/',
        '^server/src/store/(store|hash-chain|document-patch|change-texts)\\.ts$',
        '^server/src/clock\\.ts$',
        '^shared/',
      ],
    ),
    only('ports-know-no-adapter', 'A port imports domain, other ports and shared.', PORTS.join('|'), [
      WITHIN,
      '^shared/',
      ...PORTS,
    ]),
    only('api-knows-auth-alone', 'api imports auth and ports, no other adapter.', '^server/src/api/', [
      '^server/src/(api|auth)/',
      WITHIN,
      '^shared/',
      ...PORTS,
    ]),
    only(
      'adapters-are-strangers',
      'archive, auth, deadlines and subscriptions import ports and themselves, never another adapter.',
      '^server/src/(archive|auth|deadlines|subscriptions)/',
      ['^server/src/$1/', WITHIN, '^shared/', ...PORTS],
    ),
    only('main-knows-app', 'main.ts starts app.ts with what config.ts read.', '^server/src/main\\.ts$', [
      '^server/src/(app|config)\\.ts$',
      '^shared/',
    ]),
    only(
      'config-knows-nobody',
      'config.ts reads settings; it imports no adapter.',
      '^server/src/config\\.ts$',
      ['^shared/', ...PORTS],
    ),
    {
      name: 'app-is-the-root',
      comment: 'Nothing on the way of a command knows the composition root.',
      severity: 'error',
      from: { path: '^server/src/[^/]+/', pathNot: UNIT_TEST },
      to: { path: '^server/src/(app|node|parts|main|index|credentials|config)\\.ts$' },
    },
    only(
      'console-knows-the-operator-client',
      'The web console imports shared and the operator client.',
      '^console/src/',
      ['^console/src/', '^shared/', '^client-sdk/(src|dist)/operator\\.(d\\.)?[tj]s$'],
    ),
    only('client-knows-shared', 'The client imports shared.', '^client-sdk/src/', [
      '^client-sdk/src/',
      '^shared/',
    ]),
    {
      name: 'process-at-the-edge',
      comment: 'Only main.ts, config.ts and the cli touch the process.',
      severity: 'error',
      from: {
        path: '^(shared|server|client-sdk|console)/src/',
        pathNot: ['^server/src/(main|config)\\.ts$', UNIT_TEST],
      },
      to: { path: '^(node:)?process$' },
    },
    {
      name: 'nobody-imports-tests',
      comment: 'What ships does not lean on tests or examples.',
      severity: 'error',
      from: { path: '^(shared|server|client-sdk|console|cli)/src/', pathNot: UNIT_TEST },
      to: { path: `^(test|examples)/|${UNIT_TEST}` },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    doNotFollow: { path: '(^|/)(node_modules|dist)/' },
    exclude: { path: '^(test|examples|cli|console|server|client-sdk|shared)/dist/.*\\.map$' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.d.ts', '.mjs', '.js', '.cjs', '.json'],
    },
  },
}
