/// How long it takes, and what is late.
extension KPIDefinition {
    static let speed: [KPIDefinition] = [
        KPIDefinition(
            "K06", "办结时长", "days to close", "days", .amount,
            """
            WITH done AS (SELECT (closed_at - detected_at) / 86400e9 AS d,
                    row_number() OVER (ORDER BY closed_at - detected_at) AS i, count(*) OVER () AS c
                    FROM FACTS WHERE closed_at >= :start AND closed_at < :end),
                there AS (SELECT count(*) AS c FROM FACTS WHERE open = 1 AND detected_at < :upto),
                middle AS (SELECT detected_at FROM FACTS WHERE open = 1 AND detected_at < :upto ORDER BY detected_at
                    LIMIT (SELECT 2 - c % 2 FROM there) OFFSET (SELECT max(0, (c - 1) / 2) FROM there))
            SELECT '' AS part, avg(d) AS num, NULL AS den, coalesce(max(c), 0) AS n, NULL AS low, NULL AS high,
                NULL AS note FROM done WHERE i IN ((c + 1) / 2, (c + 2) / 2)
            UNION ALL SELECT 'p90', max(d), NULL, coalesce(max(c), 0), NULL, NULL, NULL
                FROM done WHERE i = (c * 9 + 9) / 10
            UNION ALL SELECT 'open-median-age', (:upto - avg(detected_at)) / 86400e9, NULL, (SELECT c FROM there), NULL,
                NULL, NULL FROM middle
            """),
        KPIDefinition(
            "K07", "超期数", "overdue", "share of open", .share,
            """
            WITH late AS MATERIALIZED (SELECT holder, due, count(*) AS c FROM FACTS
                    WHERE open = 1 AND due < :uptoday GROUP BY due, holder),
                there AS (SELECT count(*) AS c FROM FACTS WHERE open = 1)
            SELECT '' AS part, coalesce(sum(c), 0) AS num, (SELECT c FROM there) AS den, (SELECT c FROM there) AS n,
                NULL AS low, NULL AS high, NULL AS note FROM late
            UNION ALL SELECT 'cases', coalesce(sum(c), 0), NULL, coalesce(sum(c), 0), NULL, NULL, NULL FROM late
            UNION ALL SELECT 'total-days', coalesce(sum(c * (julianday(:uptoday) - julianday(due))), 0), NULL,
                coalesce(sum(c), 0), NULL, NULL, NULL FROM late
            UNION ALL SELECT 'holder:' || holder, sum(c), NULL, sum(c), NULL, NULL, NULL FROM late GROUP BY holder
            """),
    ]
}
