-- Which hosts still run the old one?
SELECT DISTINCT host
FROM owned
WHERE state = 'LISTEN' AND exe LIKE '/opt/nginx-1.18/%'
