import helmet from 'helmet';

/**
 * Security headers for API, documents and operator app. Scripts come from here alone; styles may be inline, because the app's theme
 * and the API documents set them so. Over plain HTTP nothing may tell the browser to insist on HTTPS.
 */
export function securityHeaders(options: { tls: boolean }) {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: ["'self'", 'ws:', 'wss:'],
        workerSrc: ["'self'", 'blob:'],
        objectSrc: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'self'"],
        ...(options.tls ? { upgradeInsecureRequests: [] } : {}),
      },
    },
    strictTransportSecurity: options.tls,
    crossOriginOpenerPolicy: options.tls,
    originAgentCluster: options.tls,
    referrerPolicy: { policy: 'same-origin' },
  });
}
