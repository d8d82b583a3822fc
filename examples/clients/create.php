<?php
// Create a link:  php create.php TOPIC START TIMEZONE KEY
[, $topic, $start, $timezone, $key] = $argv;

function ask(string $path, array $headers = [], ?array $asked = null): array
{
    $http = [
        'method' => $asked === null ? 'GET' : 'POST',
        'header' => ['Authorization: Bearer ' . getenv('ZOOMLINK_KEY'), ...$headers],
        'content' => $asked === null ? '' : json_encode($asked),
        'ignore_errors' => true, // so that problems can be read
        'timeout' => 60,
    ];
    for ($turn = 1; ; $turn++) {
        $body = file_get_contents(getenv('ZOOMLINK_URL') . $path, false, stream_context_create(['http' => $http]));
        if ($body === false) {
            exit(1);
        }
        $status = (int) explode(' ', $http_response_header[0])[1];
        $later = 0;
        foreach ($http_response_header as $line) {
            if (stripos($line, 'retry-after:') === 0) {
                $later = (int) substr($line, 12);
            }
        }
        $told = json_decode($body, true);
        if (in_array($status, [429, 503]) && $turn < 5 && $later <= 60) {
            sleep($later); // the key makes it safe to send it again
        } elseif ($status >= 300) {
            fwrite(STDERR, $told['detail'] . ' ' . ($told['hint'] ?? '') . "\n"); // a problem (RFC 9457)
            exit(1);
        } else {
            return [$told, $later];
        }
    }
}

$headers = ["Idempotency-Key: $key", 'Content-Type: application/json'];
[$link, $later] = ask('/v1/links', $headers, ['topic' => $topic, 'start' => $start, 'timezone' => $timezone]);
while ($later) {
    [$link, $later] = ask("/v1/links/{$link['id']}?wait=10"); // 202, or not ready yet
}
echo $link['join_url'], "\n";
